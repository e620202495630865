import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { version } from '../../src/config.ts';
import { cleanUp, newDirectory, sealpost } from './process.ts';

afterAll(cleanUp);

const store = ['--data', '--master-key-file'];

/** Every command with its options. */
const commands: readonly (readonly [string, readonly string[]])[] = [
  [
    'serve',
    [
      '--host',
      '--port',
      ...store,
      '--workers',
      '--open-reads',
      '--allowed-host',
      '--tls-cert',
      '--tls-key',
      '--tls-port',
      '--sample-interval',
      '--local-time-interval',
      '--ntp-interval',
      '--max-sessions',
      '--max-connections',
      '--accept-clock',
      '--log-level',
    ],
  ],
  ['demo', ['--port', '--data', '--speed', '--readings', '--firmware']],
  [
    'simulate',
    ['--server', '--devices', '--prefix', '--speed', '--key-file', ...store, '--readings', '--seconds', '--json'],
  ],
  ['device add', [...store, '--json', '--out']],
  ['device list', [...store, '--json']],
  ['device show', [...store, '--json']],
  ['device rotate', [...store, '--now', '--json', '--out']],
  ['device revoke', [...store, '--json']],
  ['device remove', [...store, '--yes', '--json']],
  ['device hello', store],
  ['token add', [...store, '--role', '--device', '--expires', '--json']],
  ['token list', [...store, '--json']],
  ['token revoke', [...store, '--json']],
  ['audit', [...store, '--limit', '--json']],
];

/** The options of a help text, each with its environment twin, as long lines. */
function optionsIn(help: string): [string | undefined, string | undefined][] {
  const [, options = ''] = help.split('\nOptions:\n');
  return options
    .trimEnd()
    .split(/\n(?= {2}-)/)
    .map((entry) => entry.replaceAll(/\s+/g, ' '))
    .filter((entry) => !entry.includes('--help'))
    .map((entry) => [/--[a-z-]+/.exec(entry)?.[0], /env: (SEALPOST_[A-Z_]+)\)/.exec(entry)?.[1]]);
}

function twinOf(command: string, option: string): string {
  // The demo must not take the real data for its own.
  if (command === 'demo' && option === '--data') return 'SEALPOST_DEMO_DATA';
  return `SEALPOST_${option.slice(2).replaceAll('-', '_').toUpperCase()}`;
}

describe.concurrent('the help', () => {
  test.each(commands)('of %s says what it does and lists each option with its twin', async (command, options) => {
    const { code, stdout, stderr } = await sealpost([...command.split(' '), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: sealpost ${command} \\[options\\].*\n\n[A-Z].+`));
    expect(optionsIn(stdout)).toEqual(options.map((option) => [option, twinOf(command, option)]));
  });

  test('of the whole lists the commands', async () => {
    const { code, stdout, stderr } = await sealpost(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('Commands:\n')[1]?.match(/^ {2}\w+/gm)).toEqual([
      '  serve',
      '  demo',
      '  simulate',
      '  device',
      '  token',
      '  audit',
      '  help',
    ]);
    expect(await sealpost(['help'])).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('of the devices lists their commands', async () => {
    const { code, stdout, stderr } = await sealpost(['device', '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('Commands:\n')[1]?.match(/^ {2}\w+/gm)).toEqual([
      '  add',
      '  list',
      '  show',
      '  rotate',
      '  revoke',
      '  remove',
      '  hello',
      '  help',
    ]);
  });

  test.each([[[]], [['device']]])('is what %j without a command gives, as a wrong call', async (args) => {
    const { stdout: help } = await sealpost([...args, '--help']);
    expect(await sealpost(args)).toEqual({ code: 2, stdout: '', stderr: help });
  });
});

test('--version prints the version', async () => {
  expect(await sealpost(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

const aDeviceId =
  'A device id is 1 to 32 characters: a lower-case letter, then lower-case letters, digits and hyphens.';
const badId = (id: string) => `error: command-argument value '${id}' is invalid for argument 'id'. ${aDeviceId}`;

describe.concurrent('a wrong call ends with 2 and says what is wrong, without doing anything:', () => {
  const cwd = newDirectory();

  test.each([
    [['nope'], "error: unknown command 'nope'"],
    [['device', 'nope'], "error: unknown command 'nope'"],
    [['serve', '--nope'], "error: unknown option '--nope'"],
    [['device', 'list', '--nope'], "error: unknown option '--nope'"],
    [['serve', 'now'], "error: too many arguments for 'serve'. Expected 0 arguments but got 1: now."],
    [['device', 'add'], "error: missing required argument 'id'"],
    [['device', 'hello'], "error: missing required argument 'id'"],
    [['device', 'add', 'a', 'b'], "error: too many arguments for 'add'. Expected 1 argument but got 2: a, b."],
    [['device', 'add', 'Greenhouse'], badId('Greenhouse')],
    [['device', 'show', '../x'], badId('../x')],
    [['device', 'rotate', ''], badId('')],
    [['device', 'revoke', 'a'.repeat(33)], badId('a'.repeat(33))],
    [['device', 'add', '7th'], badId('7th')],
    [['device', 'add', 'a', '--out'], "error: option '--out <file>' argument missing"],
    [['device', 'add', 'a', '--out', ''], "error: option '--out <file>' argument '' is invalid. It is empty."],
    [['device', 'list', '--data', ''], "error: option '--data <directory>' argument '' is invalid. It is empty."],
    [
      ['serve', '--port', '65536'],
      "error: option '--port <number>' argument '65536' is invalid. Expected a whole number, 0 to 65535.",
    ],
    [
      ['serve', '--port', '8080.5'],
      "error: option '--port <number>' argument '8080.5' is invalid. Expected a whole number, 0 to 65535.",
    ],
    [
      ['serve', '--workers', '0'],
      "error: option '--workers <number>' argument '0' is invalid. Expected a whole number, 1 to 256.",
    ],
    [
      ['serve', '--workers', '1.5'],
      "error: option '--workers <number>' argument '1.5' is invalid. Expected a whole number, 1 to 256.",
    ],
    [
      ['serve', '--sample-interval', '0'],
      "error: option '--sample-interval <seconds>' argument '0' is invalid. Expected a number, 1 to 86400.",
    ],
    [
      ['serve', '--ntp-interval', '86401'],
      "error: option '--ntp-interval <seconds>' argument '86401' is invalid. Expected a number, 1 to 86400.",
    ],
    [
      ['serve', '--local-time-interval=-1'],
      "error: option '--local-time-interval <seconds>' argument '-1' is invalid. Expected a number, 1 to 86400.",
    ],
    [
      ['serve', '--max-sessions', '0'],
      "error: option '--max-sessions <number>' argument '0' is invalid. Expected a whole number, 1 to 10000000.",
    ],
    [
      ['serve', '--log-level', 'loud'],
      "error: option '--log-level <level>' argument 'loud' is invalid. Allowed choices are debug, info, warn, error, silent.",
    ],
    [
      ['simulate', '--devices', 'many'],
      "error: option '--devices <number>' argument 'many' is invalid. Expected a whole number, 1 to 100000.",
    ],
    [
      ['simulate', '--speed', '0'],
      "error: option '--speed <factor>' argument '0' is invalid. Expected a number, 0.01 to 1000.",
    ],
    [
      ['simulate', '--server', 'localhost:8080'],
      "error: option '--server <url>' argument 'localhost:8080' is invalid. Expected an address such as http://192.168.1.10:8080.",
    ],
    [
      ['simulate', '--prefix', 'Sim'],
      "error: option '--prefix <name>' argument 'Sim' is invalid. Expected 1 to 24 characters: a lower-case letter, then lower-case letters, digits and hyphens.",
    ],
    [
      ['demo', '--readings', '0'],
      "error: option '--readings <number>' argument '0' is invalid. Expected a whole number, 1 to 1000000.",
    ],
  ])('%j', async (args, sentence) => {
    expect(await sealpost(args, { cwd })).toEqual({ code: 2, stdout: '', stderr: `${sentence}\n(see --help)\n` });
    expect(readdirSync(cwd)).toEqual([]);
  });
});
