import type { Store, StoredReading } from '../store/store.ts';
import { type TimeRange, unknownDevice } from './bounds.ts';
import type { ReaderLane } from './reader-share.ts';
import { positionOf } from './reading-pages.ts';

/** Readings that are held at once. */
const greatestStep = 256;

/**
 * A device's readings in a range that has been checked, oldest first, at most `limit` of them, some hundreds at a time:
 * each step is read from the store when the one before was taken. Throws `not_found` for an unknown device, before the
 * first step.
 */
export async function* history(
  store: Pick<Store, 'listReadings'>,
  lane: ReaderLane,
  deviceId: string,
  range: TimeRange,
  limit: number,
): AsyncGenerator<readonly StoredReading[], void, undefined> {
  let left = limit;
  let last: StoredReading | undefined;
  do {
    const step = Math.min(left, greatestStep);
    const after = last && positionOf(last);
    const question = { deviceId, ...range, order: 'oldest first', limit: step, ...(after && { after }) } as const;
    const readings = await lane.step(() => store.listReadings(question));
    if (!readings) throw unknownDevice();
    yield readings;
    left -= readings.length;
    last = readings.length < step ? undefined : readings.at(-1);
  } while (last && left > 0);
}
