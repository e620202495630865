import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, onTestFinished } from 'vitest';
import { hour, type Micros, systemClock } from '../../src/time.ts';
import { testWithServer as base } from '../cli/place.ts';
import { cleanUp, type Run } from '../cli/process.ts';
import { TestClock } from '../clock.ts';
import { storedReadings } from '../end-to-end/devices.ts';
import { TestServer } from '../test-server.ts';
import { type Answer, Middlebox, type Trick } from './middlebox.ts';
import { VirtualBoard } from './virtual-board.ts';

afterAll(cleanUp);

const test = base
  .extend('board', ({ key }) => new VirtualBoard(key))
  .extend('box', async ({ server }, { onCleanup }) => {
    const box = await Middlebox.inFrontOf(server.url);
    onCleanup(() => box.close());
    return box;
  });

const error = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify({ code })),
});

/** Another answer with this done to its body. */
const withBody = (answer: Answer, change: (body: Buffer) => Buffer): Answer => ({
  ...answer,
  body: change(Buffer.from(answer.body)),
});

const flip = (at: number) => (body: Buffer) => {
  body[body.length + at]! ^= 1;
  return body;
};

/** What somebody on the path can make of the first answers to uploads. */
const forgeries: Record<string, { readonly trick: () => Trick; readonly says: RegExp }> = {
  'a bit of the tag is wrong': {
    trick:
      () =>
      ({ answer }) =>
        withBody(answer, flip(-1)),
    says: /SensorUpload: forged/,
  },
  'a bit of the receipt is wrong': {
    trick:
      () =>
      ({ answer }) =>
        withBody(answer, flip(-20)),
    says: /SensorUpload: forged/,
  },
  'it is the receipt of another upload': {
    trick: () => {
      let before: Answer | undefined;
      return ({ answer }) => {
        const played = before ?? error(503, 'unavailable');
        before = answer;
        return played;
      };
    },
    says: /SensorUpload: forged/,
  },
  'it is cut short': {
    trick:
      () =>
      ({ answer }) =>
        Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${answer.body.length}\r\n\r\n`),
    says: /SensorUpload: (unreachable|malformed)/,
  },
  'it is rubbish': { trick: () => () => randomBytes(2000), says: /SensorUpload: (malformed|refused)/ },
  'it never ends': {
    trick: () => () => Buffer.from(`HTTP/1.1 200 OK\r\n${'X-Filler: more and more\r\n'.repeat(4000)}`),
    says: /SensorUpload: (malformed|refused|no room)/,
  },
  'the connection ends instead': { trick: () => () => 'cut', says: /uploaded/ },
  'it leads elsewhere': {
    trick: () => () => ({ ...error(307, 'unknown'), headers: { location: 'http://127.0.0.1:9/' } }),
    says: /SensorUpload: refused/,
  },
  'it says unauthenticated': {
    trick: () => () => error(401, 'unauthenticated'),
    says: /SensorUpload: unauthenticated[\s\S]*shook hands/,
  },
  'it asks to wait a second': {
    trick: () => () => error(429, 'resource_exhausted', { 'retry-after': '1' }),
    says: /SensorUpload: refused; waiting [1-9]\d{3}/,
  },
};

/** The sequences of the readings that uploads were said to have brought. */
function receipted(run: Run): number {
  return [...run.stdout.matchAll(/uploaded (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

describe.concurrent('a device frees no reading by an answer that its server did not make:', () => {
  test.for(Object.entries(forgeries))('%s', async ([, { trick, says }], { data, server, board, box }) => {
    const play = trick();
    let forged = 0;
    box.trick = (call) => {
      if (call.rpc !== 'SensorUpload' || forged === 2) return call.answer;
      forged += 1;
      return play(call);
    };
    const run = board.boot(box.url, '--readings', '30');
    expect(await run.ended).toMatchObject({ code: 0, stderr: '' });
    expect(forged).toBe(2);
    expect(run.stdout).toMatch(says);
    await server.stop();
    const freed = board.log.filter((reading) => reading.receipted).map(({ name }) => name);
    expect(freed.length).toBe(receipted(run));
    expect(storedReadings(data)).toEqual(expect.arrayContaining(freed));
  });

  test('a forged receipt of a server that stores nothing', async ({ data, server, board, box }) => {
    // Everything but KeyExchange is answered by somebody without keys.
    box.trick = ({ rpc, answer }) =>
      rpc === 'KeyExchange'
        ? answer
        : withBody(answer, (body) => Buffer.concat([body.subarray(0, 20), randomBytes(body.length - 20)]));
    const run = board.boot(box.url);
    await run.output(/SensorUpload: [\s\S]*SensorUpload: /);
    run.signal('SIGTERM');
    expect(await run.ended).toMatchObject({ code: 0 });
    await server.stop();
    expect(run.stdout).toMatch(/receipted=0 .*handshakes=1/);
    expect(board.log.some((reading) => reading.receipted)).toBe(false);
    expect(storedReadings(data)).not.toEqual([]);
  });
});

describe.concurrent('a device bears with', () => {
  test('answers that come byte by byte', async ({ board, box }) => {
    box.fragments = true;
    expect(await board.boot(box.url, '--readings', '10').ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('a server that does not answer for longer than it waits', async ({ data, board, box }) => {
    const late = Promise.withResolvers<void>();
    box.trick = async ({ rpc, count, answer }) => {
      if (rpc === 'SensorUpload' && count === 2) await late.promise;
      return answer;
    };
    const run = board.boot(box.url, '--readings', '100', '--sample-interval', '0.1');
    await run.output(/SensorUpload: timed out/);
    late.resolve();
    expect(await run.ended).toMatchObject({ code: 0, stderr: '' });
    // It has gone on measuring, but for the one wait.
    expect(storedReadings(data)).toEqual(
      expect.arrayContaining(board.log.filter((r) => r.receipted).map((r) => r.name)),
    );
  });

  test('a handshake that somebody answers with rubbish', async ({ board, box }) => {
    let spoiled = 0;
    box.trick = ({ rpc, answer }) => {
      if (rpc !== 'KeyExchange' || spoiled === 1) return answer;
      spoiled += 1;
      return withBody(answer, flip(-1));
    };
    const run = board.boot(box.url, '--readings', '5');
    expect(await run.ended).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/handshake: forged/);
  });
});

/** This machine's clock, which somebody sets. */
class SteppedClock extends TestClock {
  #step: Micros = 0;
  override wall(): Micros {
    return systemClock.wall() + this.#step;
  }
  override monotonic(): Micros {
    return systemClock.monotonic();
  }
  override stepWall(micros: Micros): void {
    this.#step += micros;
  }
}

test('a device follows a server whose clock is put right', async () => {
  const clock = new SteppedClock();
  const server = await TestServer.start({ clock });
  onTestFinished(() => server.stopAndRemove());
  await server.app.http.listen({ host: '127.0.0.1', port: 0 });
  const address = server.app.http.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const board = new VirtualBoard(await server.addDevice('greenhouse'));
  const run = board.boot(`http://127.0.0.1:${address.port}`, '--no-ntp');
  await run.output(localTime(clock.wall()));
  clock.stepWall(5 * hour);
  await run.output(localTime(clock.wall()));
  run.signal('SIGTERM');
  expect(await run.ended).toMatchObject({ code: 0, stderr: '' });
});

/** A line of the local time in the same hour or the one after. */
function localTime(wall: Micros): RegExp {
  const hours = [wall, wall + hour].map((time) => String(new Date(time / 1000).getHours()).padStart(2, '0'));
  return new RegExp(`day, \\w+ \\d+ \\d{4} (?:${hours.join('|')}):\\d\\d:\\d\\d`);
}
