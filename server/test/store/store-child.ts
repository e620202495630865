/**
 * A process of its own around the store, for tests that need a second one: `node store-child.ts COMMAND DIRECTORY`.
 * What it has to say goes to standard output, a line each; it ends when its standard input does.
 */
import { once } from 'node:events';
import { SealpostError } from '../../src/errors.ts';
import { acquireServerLock } from '../../src/store/sqlite/server-lock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { batch, currentOwner, noon, reading } from './fixtures.ts';

const commands: Readonly<Record<string, (directory: string) => Promise<void>>> = {
  async lock(directory) {
    acquireServerLock(directory);
    say('locked');
  },

  async open(directory) {
    const store = await openSqliteStore({ dataDirectory: directory });
    say('opened');
    await store.close();
  },

  /** The same as somebody who is not root, if this is root. */
  async openAsAnyUser(directory) {
    if (process.getuid?.() === 0) process.setuid?.(65_534);
    return commands.open?.(directory);
  },

  /** Appends for ever, four at a time; says each (boot, sequence) once it has the receipt. */
  async append(directory) {
    const store = await openSqliteStore({ dataDirectory: directory, exclusive: true });
    const owner = await currentOwner(store);
    const bootId = BigInt(process.pid);
    for (let sequence = 1; ; sequence += 8) {
      await Promise.all(
        [0, 2, 4, 6].map(async (offset) => {
          const pair = [sequence + offset, sequence + offset + 1];
          const readings = pair.map((of) => reading(of));
          const result = await store.appendReadings({ ...owner, batch: batch(readings, { bootId }), receivedAt: noon });
          if (result.stored !== 2) throw new Error(`stored ${result.stored} of 2`);
          for (const one of pair) say(`${bootId} ${one}`);
        }),
      );
    }
  },
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const [command = '', directory = ''] = process.argv.slice(2);
try {
  await commands[command]?.(directory);
  process.stdin.resume();
  await once(process.stdin, 'end');
} catch (error) {
  say(error instanceof SealpostError ? `${error.code}: ${error.reason}` : String(error));
}
process.exit();
