import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('measure-memory.ts', import.meta.url));
const sessions = 100_000;
/** As many as a server keeps (server/src/app.ts). */
const hotSessions = 2048;

it('100,000 sessions of 100,000 devices take at most 400 bytes each, and little once they have ended', () => {
  const output = execFileSync(process.execPath, ['--expose-gc', script, String(sessions), String(hotSessions)]);
  const { cold, hot, ended, ...measured } = JSON.parse(output.toString());
  process.stdout.write(`memory: ${cold} bytes a session, ${hot} with ${hotSessions} hot ones, ${ended} once ended\n`);
  expect(measured).toEqual({ sessions });
  // Less than a slot of the slab would mean that the measurement is wrong.
  expect(cold).toBeGreaterThan(192);
  expect(hot).toBeGreaterThan(cold);
  expect(hot).toBeLessThanOrEqual(400);
  // The slab stays, for the next sessions; names and maps do not.
  expect(ended).toBeLessThan(300);
});
