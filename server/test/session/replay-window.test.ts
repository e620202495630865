import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { greatestCounter } from '../../src/crypto/record.ts';
import { admit, type ReplayWindow, windowBits } from '../../src/session/replay-window.ts';

const empty: ReplayWindow = { highest: 0, low: 0, high: 0 };

/** What each counter gets, in order, from a window that starts empty. */
function verdicts(counters: readonly number[]): boolean[] {
  let window = empty;
  return counters.map((counter) => {
    const next = admit(window, counter);
    if (next) window = next;
    return next !== null;
  });
}

/** The same from the definition: never twice, and nothing that is 64 or more behind the highest. */
function expectedVerdicts(counters: readonly number[]): boolean[] {
  const seen = new Set<number>();
  let highest = 0;
  return counters.map((counter) => {
    if (seen.has(counter) || counter <= highest - windowBits) return false;
    seen.add(counter);
    highest = Math.max(highest, counter);
    return true;
  });
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

// The distances at which a half of the window fills, empties, or a shift wraps around.
const edges = [0, 1, 2, 30, 31, 32, 33, 34, 62, 63, 64, 65, 66, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const jump = fc.oneof(
  fc.constantFrom(...edges, ...edges.map((edge) => -edge)),
  fc.integer({ min: -70, max: 70 }),
  fc.integer({ min: -greatestCounter, max: greatestCounter }),
);
const clamp = (counter: number) => Math.min(Math.max(counter, 1), greatestCounter);
/** Each counter stands some way from the greatest one so far, forwards or back. */
const counters = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: greatestCounter })),
    fc.array(jump, { maxLength: 100, size: 'max' }),
  )
  .map(([first, jumps]) => {
    let highest = first;
    return [
      first,
      ...jumps.map((by) => {
        const counter = clamp(highest + by);
        highest = Math.max(highest, counter);
        return counter;
      }),
    ];
  });

describe('replay window', () => {
  it('agrees with a set of all counters seen, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(counters, (sequence) => {
        expect(verdicts(sequence)).toEqual(expectedVerdicts(sequence));
      }),
      { numRuns: 3000 },
    );
  });

  it('accepts every counter at most once', () => {
    fc.assert(
      fc.property(counters, (sequence) => {
        const twice = [...sequence, ...sequence];
        const accepted = twice.filter((_, index) => verdicts(twice)[index]);
        expect(accepted.length).toBe(new Set(accepted).size);
      }),
    );
  });

  it('stays three unsigned 32-bit numbers, which is how the session table keeps it', () => {
    fc.assert(
      fc.property(counters, (sequence) => {
        let window = empty;
        for (const counter of sequence) window = admit(window, counter) ?? window;
        const parts = [window.highest, window.low, window.high];
        expect(parts.map((part) => part >>> 0)).toEqual(parts);
      }),
    );
  });

  it('takes the 64 counters up to the highest in any order, each once', () => {
    const reordered = [100, ...range(37, 99).reverse(), ...range(37, 100)];
    expect(verdicts(reordered)).toEqual([...Array(64).fill(true), ...Array(64).fill(false)]);
  });

  it('refuses what is 64 behind the highest, seen or not', () => {
    expect(verdicts([100, 37, 36, 35, 1])).toEqual([true, true, false, false, false]);
  });

  it.each([1, 31, 32, 33, 63, 64, 65, 2 ** 31, 2 ** 32 - 2])('remembers what it must over a jump by %i', (by) => {
    const highest = 1 + by;
    const behind = range(Math.max(1, highest - 66), highest);
    const sequence = [1, highest, ...behind];
    expect(verdicts(sequence)).toEqual(expectedVerdicts(sequence));
    expect(verdicts([1, highest, 1])).toEqual([true, true, false]);
  });

  it('shifts a whole window without losing a bit', () => {
    // All 64 seen, then on by each distance: what is still in the window is refused, the gap is free.
    for (const by of range(1, 70)) {
      const sequence = [...range(1, 64), 64 + by, ...range(1, 64 + by)];
      expect(verdicts(sequence)).toEqual(expectedVerdicts(sequence));
    }
  });

  it('works up to the last counter there is', () => {
    const last = greatestCounter;
    expect(verdicts([last - 1, last, last, last - 1, last - 63, last - 64, 1])).toEqual([
      true,
      true,
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  it('leaves the window it was given as it was', () => {
    const window = Object.freeze({ highest: 10, low: 0b101, high: 0 });
    expect(admit(window, 10)).toBeNull();
    expect(admit(window, 9)).toEqual({ highest: 10, low: 0b111, high: 0 });
    expect(admit(window, 12)).toEqual({ highest: 12, low: 0b10101, high: 0 });
    expect(window).toEqual({ highest: 10, low: 0b101, high: 0 });
  });
});
