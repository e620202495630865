import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { DeviceError } from './device-error.ts';

/** Parses what has verified already, so what does not parse is the server's own mistake: a `rejected` DeviceError. */
export function parsePlaintext<Schema extends DescMessage>(schema: Schema, plaintext: Buffer): MessageShape<Schema> {
  try {
    return fromBinary(schema, plaintext);
  } catch (cause) {
    throw new DeviceError('rejected', { message: 'the sealed answer does not parse', cause });
  }
}
