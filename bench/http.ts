import type { Framing } from './line.ts';

/** HTTP/1.1 as far as the load generator needs it; any answer but a success is a failure of the run. */
export const httpFraming: Framing = {
  answerLength(received) {
    const text = received.toString('latin1', 0, 2048);
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    if (!text.startsWith('HTTP/1.1 20')) throw new Error(`the server answered: ${text.slice(0, 300)}`);
    const length = /\ncontent-length: *(\d+)/i.exec(text)?.[1];
    if (length === undefined && !text.startsWith('HTTP/1.1 204')) throw new Error('an answer without its length');
    return end + 4 + Number(length ?? 0);
  },
};

/** One POST as it goes over the wire. */
export function httpPost(path: string, contentType: string, body: Uint8Array): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Content-Type: ${contentType}`,
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

export function httpGet(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
}

export function httpBody(answer: Buffer): Buffer {
  return answer.subarray(answer.indexOf('\r\n\r\n') + 4);
}
