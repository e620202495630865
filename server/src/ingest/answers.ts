/** The plaintexts of what is answered to records, encoded by hand because they come with every call. */
import { ProtoWriter } from '../proto-writer.ts';
import type { Micros } from '../time.ts';

/** A tag, then at most ten bytes of varint or sixteen of a Timestamp. */
const greatestFieldBytes = 18;

export interface Receipt {
  readonly stored: number;
  readonly duplicates: number;
  /** null while the server's clock can't be trusted. */
  readonly serverTime: Micros | null;
  readonly refusedSensors: number;
}

/** An UploadReceipt (docs/protocol-v1.md, section 6.2). */
export function encodeReceipt({ stored, duplicates, serverTime, refusedSensors }: Receipt): Buffer {
  const writer = new ProtoWriter(4 * greatestFieldBytes).uint(1, stored).uint(2, duplicates);
  if (serverTime !== null) writer.timestamp(3, serverTime);
  return writer.uint(5, refusedSensors).finish();
}

/** A ClockAnswer (docs/protocol-v1.md, section 6.4); without times while the server's clock can't be trusted. */
export function encodeClockAnswer(times: { readonly receive: Micros; readonly transmit: Micros } | null): Buffer {
  const writer = new ProtoWriter(2 * greatestFieldBytes);
  if (times !== null) writer.timestamp(1, times.receive).timestamp(2, times.transmit);
  return writer.finish();
}
