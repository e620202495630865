/**
 * Run by memory.test.ts in a process of its own with --expose-gc: makes a session for each of so many devices, the way a
 * handshake does, then lets as many as are kept hot send a record, then ends them all, and prints the bytes of memory a
 * session after each of these.
 */
import { randomBytes } from 'node:crypto';
import { SessionTable } from '../../src/session/session-table.ts';
import { systemClock } from '../../src/time.ts';

const sessions = Number(process.argv[2]);
const maxHotSessions = Number(process.argv[3]);

function bytesInUse(): number {
  // Twice: what only a finalizer held goes in the second pass.
  globalThis.gc?.();
  globalThis.gc?.();
  // `external` counts the array buffers too.
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const table = new SessionTable({ clock: systemClock, randomBytes, maxSessions: 2 * sessions, maxHotSessions });
// As a request brings it: a string of its own each time.
const deviceIdOf = (device: number) => Buffer.from(`device-with-a-name-${device}`).toString();
const newest: bigint[] = [];
const before = bytesInUse();
for (let device = 0; device < sessions; device += 1) {
  const sessionId = table.freshId();
  if (device >= sessions - maxHotSessions) newest.push(sessionId);
  table.create(sessionId, {
    deviceId: deviceIdOf(device),
    generation: device + 1,
    bootId: randomBytes(8).readBigUInt64LE(),
    splitKeys: { initiatorToResponder: randomBytes(32), responderToInitiator: randomBytes(32) },
    confirmed: true,
    notes: { sample: { uptime: 1, serverTime: 2, uncertainty: 3, epoch: 1 }, utcOffsetSeconds: 3600 },
  });
}
const cold = bytesInUse();
for (const sessionId of newest) {
  const session = table.find(sessionId);
  if (!session || !table.admit(session, 1)) throw new Error('a new session was not admitted');
}
const hot = bytesInUse();
const { size } = table;
for (let device = 0; device < sessions; device += 1) table.dropGeneration(deviceIdOf(device), device + 1);
if (table.size > 0) throw new Error('a session did not end');
const ended = bytesInUse();
const perSession = (bytes: number) => Math.round((bytes - before) / sessions);
const measured = { sessions: size, cold: perSession(cold), hot: perSession(hot), ended: perSession(ended) };
process.stdout.write(JSON.stringify(measured));
