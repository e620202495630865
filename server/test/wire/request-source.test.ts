import { expect, it } from 'vitest';
import { addressOf } from '../../src/wire/request-source.ts';

const from = (socket: object) => ({ raw: { socket } }) as unknown as Parameters<typeof addressOf>[0];

it('a request comes from an address, or from nobody knows where once its connection has gone', () => {
  expect(addressOf(from({ remoteAddress: '192.168.1.7' }))).toBe('192.168.1.7');
  expect(addressOf(from({}))).toBe('unknown');
  const ended = {
    get remoteAddress(): string {
      throw new Error('The socket has been disconnected from the Http2Session');
    },
  };
  expect(addressOf(from(ended))).toBe('unknown');
});
