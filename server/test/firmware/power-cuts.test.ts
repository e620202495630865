import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { systemClock } from '../../src/time.ts';
import { test } from '../cli/place.ts';
import { cleanUp, newDirectory, Run, ServerProcess } from '../cli/process.ts';
import { range, storedReadings } from '../end-to-end/devices.ts';
import { firmwareProgram } from './programs.ts';

afterAll(cleanUp);

const boards = 200;
/** Each board dies so often; its other boots have steady power. */
const cuts = 5;
const boots = 8;
/** Some 1,600 boots, with a handshake each. */
const patience = { timeout: 600_000 };

test(
  '1,000 power cuts at random bytes of flash lose no reading that was in it, and store none twice',
  patience,
  async ({ data }) => {
    const devices = join(newDirectory(), 'devices');
    const store = await openSqliteStore({ dataDirectory: data });
    for (let number = 1; number <= boards; number += 1) {
      const key = randomBytes(32);
      writeFileSync(devices, `board-${number} ${key.toString('base64')}\n`, { flag: 'a', mode: 0o600 });
      await store.addDevice(`board-${number}`, key, systemClock.wall());
    }
    await store.close();

    // Clock reports are not what this is about.
    const server = await ServerProcess.start(data, ['--local-time-interval', '86400', '--ntp-interval', '86400']);
    const program = [firmwareProgram('power-cuts')] as const;
    const { code, stdout, stderr } = await new Run([server.url, devices], { program }).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await server.stop();

    // A reading is in the store at most once, by its primary key.
    const stored = new Set(storedReadings(data));
    const lines = stdout.trimEnd().split('\n');
    const expected = lines.flatMap((line) => {
      const [device, boot, last] = line.split(' ');
      return range(1, Number(last)).map((sequence) => `${device}/${boot}/${sequence}`);
    });
    expect(lines.length).toBe(boots * boards);
    expect(expected.length).toBeGreaterThan(80 * boards);
    expect(expected.filter((name) => !stored.has(name))).toEqual([]);
    // What is there besides is the one reading of a boot that went into flash as power went.
    expect(stored.size - expected.length).toBeLessThanOrEqual(cuts * boards);
    process.stdout.write(
      `power cuts: ${cuts * boards} seeds, ${lines.length} boots, ${stored.size} readings, none lost\n`,
    );
  },
);
