import { describe, expect, it } from 'vitest';
import { ReplacementBackOff } from '../../src/cli/workers-back-off.ts';
import { hour, minute, second } from '../../src/time.ts';

/** The waits after workers that lived for so long, in seconds. */
function waits(...lives: number[]): number[] {
  const backOff = new ReplacementBackOff();
  return lives.map((lived) => backOff.after(lived) / second);
}

describe('a worker that has ended', () => {
  it('is replaced at once', () => {
    expect(waits(0)).toEqual([0]);
    expect(waits(hour)).toEqual([0]);
  });

  it('is replaced later each time when it ends again and again, and after 30 s at last', () => {
    expect(waits(...Array(9).fill(second))).toEqual([0, 1, 2, 4, 8, 16, 30, 30, 30]);
  });

  it('is replaced at once again when the one before it lived for a minute', () => {
    expect(waits(1, 1, 1, minute, 1, 1)).toEqual([0, 1, 2, 0, 1, 2]);
  });
});
