import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { BodyReader, type BodySource } from '../../src/wire/body.ts';

/** A request whose body the test sends bit by bit. */
function slowRequest(): { request: BodySource; stream: PassThrough } {
  const stream = new PassThrough();
  return { request: Object.assign(stream, { headers: {} }) as unknown as BodySource, stream };
}

const tooMuch = { code: 'resource_exhausted', retryAfterSeconds: 1 };

describe('the reader of bodies', () => {
  it('bounds what slow senders can make the server hold, all together, and forgets what they gave up', async () => {
    const reader = new BodyReader(100);
    const slow = slowRequest();
    const reading = reader.read(slow.request);
    slow.stream.write(Buffer.alloc(60));
    await new Promise(setImmediate);

    const late = slowRequest();
    late.stream.end(Buffer.alloc(50));
    await expect(reader.read(late.request)).rejects.toMatchObject(tooMuch);
    const small = slowRequest();
    small.stream.end(Buffer.alloc(40, 7));
    expect(await reader.read(small.request)).toEqual(Buffer.alloc(40, 7));

    slow.stream.destroy(new Error('aborted'));
    await expect(reading).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'body: expected all of it: the connection ended half-way',
    });
    const whole = slowRequest();
    whole.stream.end(Buffer.alloc(100));
    expect((await reader.read(whole.request))?.length).toBe(100);
  });

  it('keeps no piece of a body that comes in many, only what was in it', async () => {
    const source = Object.assign(new EventEmitter(), { headers: {}, pause: () => {} });
    const reading = new BodyReader().read(source as unknown as BodySource);
    source.emit('data', Buffer.from([0]));
    const piece = Buffer.alloc(1);
    for (let index = 1; index < 64 * 1024; index += 1) {
      // Shows in the body if that is made of the pieces.
      piece[0] = index;
      source.emit('data', piece);
    }
    source.emit('end');
    const sent = Buffer.from(Array.from({ length: 64 * 1024 }, (_, index) => index));
    expect((await reading)?.equals(sent)).toBe(true);
  });

  it('puts the pieces of a body together, and takes none for an empty one', async () => {
    const { request, stream } = slowRequest();
    for (const piece of ['one ', 'two ', 'three']) stream.write(piece);
    stream.end();
    expect((await new BodyReader().read(request))?.toString()).toBe('one two three');
    const empty = slowRequest();
    empty.stream.end();
    expect((await new BodyReader().read(empty.request))?.length).toBe(0);
  });
});
