import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { generateEphemeral } from '../../src/crypto/noise.ts';
import { connectTo } from '../../src/device/connection.ts';
import { type QueuedBatch, ReadingQueue } from '../../src/device/queue.ts';
import { type Scheduler, systemScheduler } from '../../src/device/scheduler.ts';
import { SimulatedEsp32 } from '../../src/device/simulated-esp32.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { second, systemClock } from '../../src/time.ts';
import { cleanUp, newDirectory, ServerProcess } from '../cli/process.ts';
import { closeConnections, connectDevice, storedReadings } from './devices.ts';

afterEach(async () => {
  closeConnections();
  await cleanUp();
});

const deviceIds = ['attic', 'cellar', 'garage', 'greenhouse', 'kitchen', 'roof'];
/** After so many receipts more, the server is killed. */
const kills = [1, 40, 150, 7, 300, 90];
/** So that the devices mostly upload. */
const seldomReports = ['--local-time-interval', '86400', '--ntp-interval', '86400'];

/** Every receipt that the devices got. */
class Receipts {
  /** Boot and sequences, by device. */
  readonly boots = new Map<string, { readonly bootId: bigint; readonly sequences: number[] }>();
  #count = 0;
  readonly #waiting = new Set<() => void>();

  take(deviceId: string, { bootId, readings }: QueuedBatch): void {
    const boot = this.boots.get(deviceId) ?? { bootId, sequences: [] };
    boot.sequences.push(...readings.map(({ sequence }) => Number(sequence)));
    this.boots.set(deviceId, boot);
    this.#count += readings.length;
    for (const look of this.#waiting) look();
  }

  /** As `device/boot/sequence`. */
  get names(): string[] {
    return [...this.boots].flatMap(([deviceId, { bootId, sequences }]) =>
      sequences.map((sequence) => `${deviceId}/${bootId}/${sequence}`),
    );
  }

  /** Resolves when there are so many more than now. */
  more(count: number): Promise<void> {
    const goal = this.#count + count;
    return this.#until(() => this.#count >= goal);
  }

  /** Resolves when every device has got one more. */
  async oneMoreOfEach(): Promise<void> {
    const receipts = (deviceId: string) => this.boots.get(deviceId)?.sequences.length ?? 0;
    await Promise.all(
      deviceIds.map((deviceId) => {
        const before = receipts(deviceId);
        return this.#until(() => receipts(deviceId) > before);
      }),
    );
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** A queue that tells of what it frees, which a device does for a sealed receipt and for nothing else. */
class WitnessedQueue extends ReadingQueue {
  readonly #onReceipt: (batch: QueuedBatch) => void;

  constructor(onReceipt: (batch: QueuedBatch) => void) {
    super();
    this.#onReceipt = onReceipt;
  }

  override free(batch: QueuedBatch): void {
    super.free(batch);
    this.#onReceipt(batch);
  }
}

/** Backs off as a device does, but never for long: a test has many short nights. */
const impatient: Scheduler = {
  wait: (span, signal) => systemScheduler.wait(Math.min(span, 0.1 * second), signal),
};

/** A port that a server can have again and again: outside the range that the system gives to others as they come. */
async function ownPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + (randomBytes(4).readUInt32BE() % 10_000);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

async function register(data: string): Promise<Map<string, Buffer>> {
  const store = await openSqliteStore({ dataDirectory: data });
  const keys = new Map(deviceIds.map((deviceId) => [deviceId, randomBytes(32)]));
  for (const [deviceId, key] of keys) await store.addDevice(deviceId, Buffer.from(key), systemClock.wall());
  await store.close();
  return keys;
}

test('a server that is killed again and again keeps every receipted reading, once, and its devices come back', async () => {
  const data = join(newDirectory(), 'data');
  const keys = await register(data);
  const port = await ownPort();
  let server = await ServerProcess.start(data, seldomReports, { port });

  const receipts = new Receipts();
  const handshakes = new Map(deviceIds.map((deviceId) => [deviceId, 0]));
  const stop = new AbortController();
  const connection = connectTo(server.url, { sockets: deviceIds.length });
  const devices = deviceIds.map((deviceId, seed) =>
    new SimulatedEsp32({
      deviceId,
      deviceKey: keys.get(deviceId)!,
      transport: connection.transport,
      clock: systemClock,
      scheduler: impatient,
      randomBytes,
      generateEphemeral,
      seed,
      speed: 400,
      queue: new WitnessedQueue((batch) => receipts.take(deviceId, batch)),
      onEvent: ({ type }) => {
        if (type === 'handshake') handshakes.set(deviceId, handshakes.get(deviceId)! + 1);
      },
    }).run(stop.signal),
  );

  try {
    for (const count of kills) {
      await receipts.more(count);
      await server.kill();
      expect(missing(receipts.names, storedReadings(data))).toEqual([]);
      server = await ServerProcess.start(data, seldomReports, { port });
    }
    await receipts.oneMoreOfEach();
  } finally {
    stop.abort();
    await Promise.all(devices);
    connection.close();
  }
  expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });

  const stored = storedReadings(data);
  expect(missing(receipts.names, stored)).toEqual([]);
  expect(new Set(stored).size).toBe(stored.length);
  for (const count of handshakes.values()) {
    expect(count).toBeGreaterThanOrEqual(2);
    // One for each start of the server, and no more.
    expect(count).toBeLessThanOrEqual(1 + kills.length);
  }

  // Sent again, each is known.
  server = await ServerProcess.start(data);
  for (const [deviceId, { bootId, sequences }] of receipts.boots) {
    const device = connectDevice(server.url, deviceId, keys.get(deviceId)!, bootId);
    await device.shakeHands();
    for (let first = 0; first < sequences.length; first += 64) {
      const some = sequences.slice(first, first + 64);
      expect(await device.upload(...some)).toMatchObject({ stored: 0, duplicates: some.length });
    }
  }
  await server.stop();
  expect(storedReadings(data)).toEqual(stored);
});

function missing(receipted: readonly string[], stored: readonly string[]): string[] {
  const there = new Set(stored);
  return receipted.filter((name) => !there.has(name));
}
