import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Call {
  /** `KeyExchange`, `SensorUpload` or `TimeSync`. */
  readonly rpc: string;
  /** From 1, for each rpc on its own. */
  readonly count: number;
  /** What the server has answered. */
  readonly answer: Answer;
}

/**
 * What somebody on the path makes of an answer: another answer, bytes that are sent as they are before the connection
 * ends, or `cut`: nothing, and the connection ends.
 */
export type Trick = (call: Call) => Answer | Buffer | 'cut' | Promise<Answer | Buffer | 'cut'>;

/** Somebody on the path between a device and its server, on 127.0.0.1. */
export class Middlebox {
  /** Honest until told otherwise. */
  trick: Trick = ({ answer }) => answer;
  /** Whether answers arrive byte by byte. */
  fragments = false;
  readonly #server: Server;
  readonly #upstream: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #sockets = new Set<Socket>();
  readonly #counts = new Map<string, number>();

  private constructor(upstream: string) {
    this.#upstream = upstream;
    this.#server = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing));
    this.#server.on('connection', (socket: Socket) => {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
    });
  }

  static async inFrontOf(upstream: string): Promise<Middlebox> {
    const box = new Middlebox(upstream);
    box.#server.listen(0, '127.0.0.1');
    await once(box.#server, 'listening');
    return box;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#agent.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const body = await bytesOf(incoming);
      const rpc = incoming.url?.split('/').at(-1) ?? '';
      const count = (this.#counts.get(rpc) ?? 0) + 1;
      this.#counts.set(rpc, count);
      const answer = await this.#ask(incoming, body);
      await this.#send(await this.trick({ rpc, count, answer }), outgoing);
    } catch {
      // The server or the device is gone: so is this connection.
      outgoing.socket?.destroy();
    }
  }

  async #ask(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const { method, url = '/', headers } = incoming;
    const asked = request(new URL(url, this.#upstream), { method, headers, agent: this.#agent });
    asked.end(body);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const { statusCode: status = 0, headers: fields } = response;
    const kept = ['content-type', 'retry-after'].flatMap((name) =>
      fields[name] ? [[name, String(fields[name])]] : [],
    );
    return { status, headers: Object.fromEntries(kept), body: await bytesOf(response) };
  }

  async #send(made: Answer | Buffer | 'cut', outgoing: ServerResponse): Promise<void> {
    const { socket } = outgoing;
    if (!socket || made === 'cut') {
      socket?.destroy();
    } else if (Buffer.isBuffer(made)) {
      socket.end(made);
    } else if (this.fragments) {
      const fields = Object.entries({ ...made.headers, 'content-length': made.body.length });
      const head = `HTTP/1.1 ${made.status} Any\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
      for (const byte of Buffer.concat([Buffer.from(head), made.body])) {
        socket.write(Buffer.of(byte));
        await setImmediate();
      }
      // It went past node:http, which now waits for an end that was sent already.
      outgoing.detachSocket(socket);
    } else {
      outgoing.writeHead(made.status, { ...made.headers, 'content-length': made.body.length }).end(made.body);
    }
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
