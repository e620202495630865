import { invalidField } from '../errors.ts';
import type { ReadingPosition, ReadingsQuery, Store, StoredReading } from '../store/store.ts';
import { pageSizeOf, unknownDevice } from './bounds.ts';
import type { PlaceTokens } from './place-tokens.ts';

/** A range that has been checked, in an order, page by page. */
export interface ReadingsQuestion extends Omit<ReadingsQuery, 'after' | 'limit'> {
  /** 0 for the usual one. */
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly pageToken: string;
}

export interface ReadingsPage {
  readonly readings: readonly StoredReading[];
  /** Empty behind the last page. */
  readonly nextPageToken: string;
}

/**
 * One page of a device's readings. A token holds the last reading's place in the order of time and not a count, so that
 * what arrives between two pages neither repeats a reading nor hides one.
 *
 * Throws `invalid_argument` for a page token of another question, `not_found` for an unknown device.
 */
export async function readingsPage(
  store: Pick<Store, 'listReadings'>,
  tokens: PlaceTokens,
  { deviceId, from, to, order, pageSize, pageToken }: ReadingsQuestion,
): Promise<ReadingsPage> {
  const size = pageSizeOf(pageSize);
  const question = JSON.stringify(['readings', deviceId, from, to, order]);
  const after = pageToken === '' ? undefined : placeOf(tokens.read(question, pageToken));
  // One more than asked for tells whether there is a next page.
  const found = await store.listReadings({ deviceId, from, to, order, limit: size + 1, ...(after && { after }) });
  if (!found) throw unknownDevice();
  const readings = found.slice(0, size);
  const last = readings.at(-1);
  const isLast = found.length <= size || last === undefined;
  return { readings, nextPageToken: isLast ? '' : tokens.write(question, bytesOf(positionOf(last))) };
}

/** The place of a reading that has a time. */
export function positionOf({ resolvedTime, bootId, sequence }: StoredReading): ReadingPosition {
  if (resolvedTime === null) throw new Error('a reading without a time is in a list by time');
  return { time: resolvedTime, bootId, sequence };
}

function bytesOf({ time, bootId, sequence }: ReadingPosition): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeDoubleBE(time, 0);
  bytes.writeBigUInt64BE(bootId, 8);
  bytes.writeDoubleBE(sequence, 16);
  return bytes;
}

function placeOf(bytes: Buffer | undefined): ReadingPosition {
  if (bytes?.length !== 24) throw invalidField('page_token', 'the next_page_token of this very query');
  return { time: bytes.readDoubleBE(0), bootId: bytes.readBigUInt64BE(8), sequence: bytes.readDoubleBE(16) };
}
