import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { SealpostError, unauthenticated } from '../../src/errors.ts';
import { minute, second } from '../../src/time.ts';
import { RefusalLog } from '../../src/wire/refusal-log.ts';
import { TestClock } from '../clock.ts';

describe('the log of refusals', () => {
  let clock: TestClock;
  let lines: Record<string, unknown>[];
  let log: RefusalLog;
  beforeEach(() => {
    clock = new TestClock();
    lines = [];
    const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
    log = new RefusalLog(pino({ base: null, timestamp: false }, stream) as FastifyBaseLogger, clock);
  });
  const refuse = () => log.refused('SensorUpload', '192.168.1.9', unauthenticated('wrong tag'));

  it('says why, and to whom, what the caller is not told', () => {
    refuse();
    expect(lines).toEqual([
      {
        level: 40,
        call: 'SensorUpload',
        code: 'unauthenticated',
        remoteAddress: '192.168.1.9',
        msg: 'refused: wrong tag',
      },
    ]);
  });

  it('has 20 lines at once, then one in 10 s, and says how many it left out', () => {
    for (let time = 0; time < 1000; time += 1) refuse();
    expect(lines.length).toBe(20);
    clock.advance(10 * second);
    refuse();
    refuse();
    expect(lines.length).toBe(21);
    expect(lines.at(-1)).toMatchObject({ leftOut: 980 });
    clock.advance(60 * minute);
    for (let time = 0; time < 1000; time += 1) refuse();
    expect(lines.length).toBe(41);
  });

  it('shows that the store is down, however many strangers are refused', () => {
    for (let time = 0; time < 1000; time += 1) refuse();
    const cause = new Error('disk full');
    log.refused('SensorUpload', '192.168.1.9', new SealpostError('unavailable', 'try again later', { cause }));
    expect(lines.at(-1)).toMatchObject({
      level: 50,
      code: 'unavailable',
      err: { message: 'disk full' },
      msg: 'try again later',
    });
  });

  it('does not log that there is no reading yet', () => {
    log.refused('GET /sensor', '127.0.0.1', new SealpostError('not_found', 'no reading yet'));
    expect(lines).toEqual([]);
  });
});
