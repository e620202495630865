import type { IncomingMessage } from 'node:http';
import { greatestBodyBytes } from '../config.ts';
import { invalidField, SealpostError } from '../errors.ts';

/** Bytes of bodies that may be on their way at once, all connections together: what slow senders can make this hold. */
const greatestBytesOnTheWay = 64 * 1024 * 1024;

const noBytes: Buffer = Buffer.alloc(0);

/** What of a request says how its body comes. */
export type BodySource = Pick<IncomingMessage, 'headers' | 'on' | 'off' | 'pause'>;

/** Told how reading a body ended, once. */
export interface BodyReceiver {
  /** The whole body. */
  received(body: Buffer): void;
  /** It is over 64 KiB. The rest of it is not read. */
  tooLarge(): void;
  /** `unimplemented`, `resource_exhausted` or `invalid_argument`. */
  refused(error: SealpostError): void;
}

/** Reads the bodies of all requests, each bounded, and all together. */
export class BodyReader {
  readonly #most: number;
  #bytesOnTheWay = 0;

  constructor(most = greatestBytesOnTheWay) {
    this.#most = most;
  }

  /**
   * Reads the whole body, at most 64 KiB. Refuses with `unimplemented` a compressed body (section 8), with
   * `resource_exhausted` when too much is on its way already, with `invalid_argument` when the sender gives up half-way.
   */
  receive(source: BodySource, receiver: BodyReceiver): void {
    const encoding = source.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      receiver.refused(compressedBody());
      return;
    }
    if (Number(source.headers['content-length'] ?? 0) > greatestBodyBytes) {
      receiver.tooLarge();
      return;
    }
    let body = noBytes;
    let size = 0;
    const done = () => {
      this.#bytesOnTheWay -= size;
      source.off('data', take).off('end', end).off('error', fail);
    };
    // The rest of a body that is refused is not read.
    const stop = () => {
      done();
      source.pause();
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      this.#bytesOnTheWay += chunk.length;
      if (size > greatestBodyBytes) {
        stop();
        receiver.tooLarge();
      } else if (this.#bytesOnTheWay > this.#most) {
        stop();
        receiver.refused(tooMuchOnTheWay());
      } else {
        body = size === chunk.length ? chunk : appended(body, chunk, size);
      }
    };
    const end = () => {
      done();
      receiver.received(body.subarray(0, size));
    };
    const fail = () => {
      done();
      receiver.refused(invalidField('body', 'all of it: the connection ended half-way'));
    };
    source.on('data', take).on('end', end).on('error', fail);
  }

  /** The same as a promise: undefined for a body that is too large. */
  read(source: BodySource): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      this.receive(source, { received: resolve, tooLarge: () => resolve(undefined), refused: reject });
    });
  }
}

/**
 * The body with a chunk more, `size` bytes in all. The chunks themselves are not kept: a Buffer takes 150 bytes, and who
 * sends byte by byte in HTTP's chunks would have one for each.
 */
function appended(body: Buffer, chunk: Buffer, size: number): Buffer {
  let larger = body;
  if (body.length < size) {
    larger = Buffer.allocUnsafeSlow(Math.min(2 * size, greatestBodyBytes));
    larger.set(body);
  }
  larger.set(chunk, size - chunk.length);
  return larger;
}

function compressedBody(): SealpostError {
  return new SealpostError('unimplemented', 'content-encoding: expected none, send the body uncompressed', {
    reason: 'compressed body',
  });
}

function tooMuchOnTheWay(): SealpostError {
  return new SealpostError('resource_exhausted', 'too many requests at once: try again in a second', {
    reason: 'too many bytes of bodies on their way',
    retryAfterSeconds: 1,
  });
}
