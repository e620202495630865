import { spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect } from 'vitest';
import { version } from '../../src/config.ts';
import { test } from './place.ts';
import { addDevice, cleanUp, commandLine, Run } from './process.ts';

// script(1) gives a command a terminal of its own; Debian always has it.
const hasTerminals = spawnSync('script', ['-qefc', 'true', '/dev/null']).status === 0;

afterAll(cleanUp);

/** Runs a command on a terminal. What is typed goes to its standard input, and what it shows is its standard output. */
function onTerminal(...args: string[]): Run {
  const quoted = [...commandLine, ...args].map((word) => `'${word}'`).join(' ');
  // Without exec a shell in between hears Ctrl-C as well, and ends with a status of its own.
  return new Run([], { program: ['script', '-qefc', `exec ${quoted}`, '/dev/null'] });
}

/** What a person sees, in lines. */
const shown = (run: Run) => stripVTControlCharacters(run.stdout).replaceAll('\r', '').split('\n');

describe.skipIf(!hasTerminals)('on a terminal', { concurrent: true }, () => {
  describe('device remove', () => {
    const question = /Type the device's id to go on: /;

    async function ask(data: string): Promise<Run> {
      await addDevice(data);
      const run = onTerminal('device', 'remove', 'greenhouse', '--data', data);
      await run.output(question);
      return run;
    }

    test('says what becomes of the readings, asks, and removes when the id is typed', async ({ data, device }) => {
      const run = await ask(data);
      run.child.stdin?.write('greenhouse\r');
      expect(await run.ended).toMatchObject({ code: 0 });
      expect(shown(run)).toEqual([
        "This removes greenhouse, its keys and its 0 readings for good ('sealpost device revoke' keeps the readings).",
        "Type the device's id to go on: greenhouse",
        'greenhouse is gone, with 0 readings.',
        '',
      ]);
      expect(JSON.parse((await device('list', '--json')).stdout)).toEqual([]);
    });

    test.for([
      { answer: 'something else', typed: 'yes\r' },
      { answer: 'nothing', typed: '\r' },
      { answer: 'Ctrl-C', typed: '\x03' },
      { answer: 'Ctrl-D', typed: '\x04' },
    ])('removes nothing when the answer is $answer', async ({ typed }, { data, device }) => {
      const run = await ask(data);
      run.child.stdin?.write(typed);
      expect(await run.ended).toMatchObject({ code: 1 });
      expect(shown(run).slice(-2)).toEqual([expect.stringMatching(/sealpost: nothing was removed$/), '']);
      expect(JSON.parse((await device('list', '--json')).stdout)).toMatchObject([
        { device: 'greenhouse', key: 'current' },
      ]);
    });
  });

  test('serve logs lines for people, and Ctrl-C ends it', async ({ data }) => {
    const run = onTerminal('serve', '--host', '127.0.0.1', '--port', '0', '--data', data);
    const [, port] = await run.output(/listening at http:\/\/127\.0\.0\.1:(\d+)/);
    await run.output(/npm run demo/);
    run.child.stdin?.write('\x03');
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(shown(run).map((line) => line.replace(/^(?:\^C)?\[\d\d:\d\d:\d\d\] /, ''))).toEqual([
      `INFO: listening at http://127.0.0.1:${port}`,
      `INFO: sealpost ${version} is ready; its data is in ${data}`,
      `INFO: readings: http://localhost:${port} in a browser, http://localhost:${port}/sensor as JSON (elsewhere with a token)`,
      'INFO: no device yet. Add one, in another terminal: bin/sealpost device add greenhouse',
      'INFO: no board at hand? Stop this and see three simulated ones: npm run demo',
      'INFO: stopping: answering what has arrived',
      'INFO: stopped: every receipt that was sent is in the store',
      '',
    ]);
  });
});
