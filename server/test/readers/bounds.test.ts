import { describe, expect, it } from 'vitest';
import { checkRange, times } from '../../src/readers/bounds.ts';
import { day } from '../../src/time.ts';
import { noon } from './memory-store.ts';

const names = { from: 'from', to: 'to' };

describe('a range', () => {
  it('may be a day, or everything', () => {
    for (const range of [
      { from: noon, to: noon + day },
      { from: noon, to: noon + 1 },
      { from: times.first, to: times.last },
    ])
      expect(() => checkRange(range, names)).not.toThrow();
  });

  it.each([
    ['reversed', { from: noon, to: noon - day }, 'to: expected a time after from'],
    ['empty', { from: noon, to: noon }, 'to: expected a time after from'],
    ['from before 1970', { from: -1, to: noon }, 'from: expected a time from 1970 on and before 2200'],
    ['to another century', { from: noon, to: times.last + 1 }, 'to: expected a time after 1970 and not after 2200'],
  ])('is refused %s', (_, range, message) => {
    expect(() => checkRange(range, names)).toThrow(expect.objectContaining({ code: 'invalid_argument', message }));
  });
});
