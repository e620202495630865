import type { FastifyRequest } from 'fastify';
import { greatestBodyBytes } from '../config.ts';
import { invalidField, SealpostError } from '../errors.ts';

/** Bytes of bodies that may be on their way at once, all connections together: what slow senders can make this hold. */
const greatestBytesOnTheWay = 64 * 1024 * 1024;

/** Reads the bodies of all requests, each bounded, and all together. */
export class BodyReader {
  readonly #most: number;
  #bytesOnTheWay = 0;

  constructor(most = greatestBytesOnTheWay) {
    this.#most = most;
  }

  /**
   * The whole body, or undefined when it is over 64 KiB. Throws `unimplemented` for a compressed body (section 8),
   * `resource_exhausted` when too much is on its way already, `invalid_argument` when the sender gives up half-way.
   */
  async read({ raw, headers }: Pick<FastifyRequest, 'raw' | 'headers'>): Promise<Buffer | undefined> {
    refuseCompressed(headers['content-encoding']);
    if (Number(headers['content-length'] ?? 0) > greatestBodyBytes) return undefined;
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      // Not destroyed when the loop ends early: the refusal must still go out on its socket.
      for await (const chunk of raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        size += chunk.length;
        this.#bytesOnTheWay += chunk.length;
        if (size > greatestBodyBytes) return undefined;
        if (this.#bytesOnTheWay > this.#most) throw tooMuchOnTheWay();
        chunks.push(chunk);
      }
    } catch (error) {
      if (error instanceof SealpostError) throw error;
      throw invalidField('body', 'all of it: the connection ended half-way');
    } finally {
      this.#bytesOnTheWay -= size;
    }
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size);
  }
}

function refuseCompressed(contentEncoding: string | undefined): void {
  if (contentEncoding === undefined || contentEncoding === 'identity') return;
  throw new SealpostError('unimplemented', 'content-encoding: expected none, send the body uncompressed', {
    reason: 'compressed body',
  });
}

function tooMuchOnTheWay(): SealpostError {
  return new SealpostError('resource_exhausted', 'too many requests at once: try again in a second', {
    reason: 'too many bytes of bodies on their way',
    retryAfterSeconds: 1,
  });
}
