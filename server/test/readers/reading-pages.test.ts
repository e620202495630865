import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { PlaceTokens } from '../../src/readers/place-tokens.ts';
import { type ReadingsQuestion, readingsPage } from '../../src/readers/reading-pages.ts';
import { second } from '../../src/time.ts';
import { MemoryStore, noon, storedReading } from './memory-store.ts';

const tokens = new PlaceTokens(Buffer.alloc(32, 1));
let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});

const wholeDay: ReadingsQuestion = {
  deviceId: 'greenhouse',
  from: noon - 43_200 * second,
  to: noon + 43_200 * second,
  order: 'newest first',
  pageSize: 2,
  pageToken: '',
};

async function pageOf(question: Partial<ReadingsQuestion> = {}) {
  const { readings, nextPageToken } = await readingsPage(store, tokens, { ...wholeDay, ...question });
  return { sequences: readings.map(({ sequence }) => sequence), nextPageToken };
}

describe('a page of readings', () => {
  it('is in the order asked for and leads to the next one, up to the last', async () => {
    store.receive(storedReading(1), storedReading(2), storedReading(3));
    const first = await pageOf();
    expect(first).toEqual({ sequences: [3, 2], nextPageToken: expect.stringMatching(/^[\w-]{54}$/) });
    expect(await pageOf({ pageToken: first.nextPageToken })).toEqual({ sequences: [1], nextPageToken: '' });
    expect(await pageOf({ order: 'oldest first', pageSize: 3 })).toEqual({ sequences: [1, 2, 3], nextPageToken: '' });
  });

  it('has none twice and leaves none out, whatever arrives between two pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat({ max: 60 }), { minLength: 1, maxLength: 30 }),
        fc.uniqueArray(fc.nat({ max: 60 }), { maxLength: 10 }),
        fc.constantFrom('newest first' as const, 'oldest first' as const),
        async (before, meanwhile, order) => {
          store = new MemoryStore();
          // Several readings have the same time.
          const at = (sequence: number) => storedReading(sequence, { resolvedTime: noon + (sequence % 7) * second });
          store.receive(...before.map(at));
          const seen: number[] = [];
          const late = meanwhile.filter((sequence) => !before.includes(sequence));
          let pageToken = '';
          do {
            const page = await pageOf({ pageToken, order, pageSize: 3 });
            seen.push(...page.sequences);
            pageToken = page.nextPageToken;
            const sequence = late.pop();
            if (sequence !== undefined) store.receive(at(sequence));
          } while (pageToken !== '');
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen).toEqual(expect.arrayContaining(before));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('may be empty, and is 100 readings long unless told', async () => {
    store.receive(...Array.from({ length: 101 }, (_, index) => storedReading(index + 1)));
    expect((await pageOf({ pageSize: 0 })).sequences).toHaveLength(100);
    expect(await pageOf({ to: noon - 1 })).toEqual({ sequences: [], nextPageToken: '' });
  });
});

describe('a page is refused', () => {
  const refusal = { code: 'invalid_argument', message: 'page_token: expected the next_page_token of this very query' };

  it('with a token of another query', async () => {
    store.receive(storedReading(1), storedReading(2), storedReading(3));
    const { nextPageToken: pageToken } = await pageOf();
    for (const other of [
      { deviceId: 'attic' },
      { from: wholeDay.from + 1 },
      { to: wholeDay.to - 1 },
      { order: 'oldest first' as const },
    ])
      await expect(pageOf({ ...other, pageToken })).rejects.toMatchObject(refusal);
    await expect(pageOf({ pageSize: 1, pageToken })).resolves.toMatchObject({ sequences: [1] });
  });

  it('with a token that was forged, cut or is rubbish', async () => {
    store.receive(storedReading(1), storedReading(2), storedReading(3));
    const { nextPageToken } = await pageOf();
    const forged = Buffer.from(nextPageToken, 'base64url');
    forged[0] = (forged[0] ?? 0) ^ 1;
    const others = [forged.toString('base64url'), nextPageToken.slice(4), 'x', '\u0000', 'A'.repeat(100_000)];
    for (const pageToken of others) await expect(pageOf({ pageToken })).rejects.toMatchObject(refusal);
  });

  it('when it is too large, and for a device that there is not', async () => {
    await expect(pageOf({ pageSize: 1001 })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'page_size: expected at most 1000',
    });
    await expect(pageOf()).rejects.toMatchObject({ code: 'not_found' });
  });
});
