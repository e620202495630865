import { afterAll, expect } from 'vitest';
import { testWithServer as base } from '../cli/place.ts';
import { cleanUp } from '../cli/process.ts';
import { VirtualBoard } from './virtual-board.ts';

afterAll(cleanUp);

/** The same program under ThreadSanitizer, in a build beside that of the tests. */
const test = base.extend('board', ({ key }) => new VirtualBoard(key, '../threads/virtual-esp32'));

test('the threads of the device share nothing without a lock', async ({ server, board }) => {
  const run = board.boot(server.url, ...['--readings', '100', '--sample-interval', '0.02', '--link-loss', '1-1.5']);
  // A person who asks is one more thread.
  for (const line of [/shook hands/, /uploaded/, /unreachable/]) {
    await run.output(line);
    run.signal('SIGUSR1');
  }
  const { code, stderr } = await run.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
