import { existsSync } from 'node:fs';
import { afterAll, describe, expect } from 'vitest';
import { test } from './place.ts';
import { addDevice, cleanUp, ServerProcess, sealpost } from './process.ts';

afterAll(cleanUp);

describe.concurrent('an environment twin', () => {
  test('says what its option would', async ({ data }) => {
    const env = { SEALPOST_DATA: data, SEALPOST_JSON: '1' };
    const { stdout } = await sealpost(['device', 'add', 'greenhouse'], { env });
    expect(JSON.parse(stdout)).toMatchObject({ device: 'greenhouse' });
    expect(JSON.parse((await sealpost(['device', 'list'], { env })).stdout)).toMatchObject([{ device: 'greenhouse' }]);
  });

  test('gives way to the option itself', async ({ data }) => {
    await addDevice(data);
    const env = { SEALPOST_DATA: `${data}-not-this` };
    const { stdout } = await sealpost(['device', 'list', '--json', '--data', data], { env });
    expect(JSON.parse(stdout)).toHaveLength(1);
    expect(existsSync(env.SEALPOST_DATA)).toBe(false);
  });

  test.for(['0', 'false', 'no', ''])(
    'of an option without a value that is %j does not turn it on',
    async (off, { data }) => {
      await addDevice(data);
      const { stdout } = await sealpost(['device', 'list', '--data', data], { env: { SEALPOST_JSON: off } });
      expect(stdout).toMatch(/^DEVICE /);
      expect(
        await sealpost(['device', 'remove', 'greenhouse', '--data', data], { env: { SEALPOST_YES: off } }),
      ).toMatchObject({ code: 2 });
    },
  );

  test("of the server's options reaches the server", async ({ data }) => {
    const server = await ServerProcess.start(data, [], { env: { SEALPOST_OPEN_READS: 'true' } });
    expect(server.log.map(({ msg }) => msg)).toContain(
      `readings: http://localhost:${server.port} in a browser, http://localhost:${server.port}/sensor as JSON`,
    );
    // As the request of a reader who came by a proxy, which is not a reader on this machine.
    const response = await fetch(`${server.url}/sensor`, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(response.status).toBe(404);
  });

  test('that is off leaves the readings to this machine', async ({ data }) => {
    const server = await ServerProcess.start(data, [], { env: { SEALPOST_OPEN_READS: 'false' } });
    const response = await fetch(`${server.url}/sensor`, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(response.status).toBe(401);
  });
});

describe.concurrent('a wrong value in the environment is named, with the variable:', () => {
  const wrong = (flags: string, value: string, variable: string, expected: string) =>
    `error: option '${flags}' value '${value}' from env '${variable}' is invalid. ${expected}\n(see --help)\n`;
  const intervalRange = 'Expected a number, 1 to 86400.';

  test.each([
    ['serve', 'SEALPOST_PORT', 'x', '--port <number>', 'Expected a whole number, 0 to 65535.'],
    ['serve', 'SEALPOST_PORT', '', '--port <number>', 'Expected a whole number, 0 to 65535.'],
    ['serve', 'SEALPOST_SAMPLE_INTERVAL', '10 s', '--sample-interval <seconds>', intervalRange],
    ['serve', 'SEALPOST_DATA', '', '--data <directory>', 'It is empty.'],
    ['serve', 'SEALPOST_OPEN_READS', 'maybe', '--open-reads', 'Expected 1 or 0.'],
    [
      'serve',
      'SEALPOST_LOG_LEVEL',
      'loud',
      '--log-level <level>',
      'Allowed choices are debug, info, warn, error, silent.',
    ],
    ['simulate', 'SEALPOST_SPEED', 'fast', '--speed <factor>', 'Expected a number, 0.01 to 1000.'],
    ['device list', 'SEALPOST_JSON', 'please', '--json', 'Expected 1 or 0.'],
  ])('%s with %s=%s', async (command, variable, value, flags, expected) => {
    expect(await sealpost(command.split(' '), { env: { [variable]: value } })).toEqual({
      code: 2,
      stdout: '',
      stderr: wrong(flags, value, variable, expected),
    });
  });
});
