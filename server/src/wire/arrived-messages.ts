import { create, toBinary, type UnknownField } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import {
  type StoredReading as StoredReadingMessage,
  type WatchReadingsResponse,
  WatchReadingsResponseSchema,
} from '#gen/reading_service_pb.js';
import type { WatchMessage } from '../readers/watch-hub.ts';
import type { Arrival } from '../store/store.ts';
import { readingMessage } from './reading-messages.ts';

/**
 * Messages of what has arrived. Each arrival is made a message, and each message encoded, once, however many watch: for
 * binary streams the encoded readings go along as a field that the library need not know and writes as it is: 14 µs for
 * a message of 24 readings in place of 37.
 */
export class ArrivedMessages {
  readonly #readings = new WeakMap<Arrival, StoredReadingMessage[]>();
  readonly #encoded = new WeakMap<Arrival, UnknownField>();

  message({ arrivals, cursor }: WatchMessage, format: 'binary' | 'json'): WatchReadingsResponse {
    if (format === 'json') {
      return create(WatchReadingsResponseSchema, {
        readings: arrivals.flatMap((each) => this.#readingsOf(each)),
        cursor,
      });
    }
    const message = create(WatchReadingsResponseSchema, { cursor });
    message.$unknown = arrivals.filter(({ readings }) => readings.length > 0).map((each) => this.#encodedOf(each));
    return message;
  }

  #readingsOf(arrival: Arrival): StoredReadingMessage[] {
    const known = this.#readings.get(arrival) ?? arrival.readings.map(readingMessage);
    this.#readings.set(arrival, known);
    return known;
  }

  #encodedOf(arrival: Arrival): UnknownField {
    const known = this.#encoded.get(arrival) ?? encoded(arrival);
    this.#encoded.set(arrival, known);
    return known;
  }
}

/** All of an arrival's readings as one field: behind the first one's tag, one byte, comes all the rest. */
function encoded({ readings }: Arrival): UnknownField {
  const bytes = toBinary(
    WatchReadingsResponseSchema,
    create(WatchReadingsResponseSchema, { readings: readings.map(readingMessage) }),
  );
  const { number } = WatchReadingsResponseSchema.field.readings;
  return { no: number, wireType: WireType.LengthDelimited, data: bytes.subarray(1) };
}
