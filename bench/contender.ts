import type { LineTarget } from './line.ts';
import type { RequestSource } from './load.ts';
import type { ServerProcess } from './server-process.ts';

/** Connections that each contender gets, one request at a time on each. */
export const connections = 64;

/** One row of the table: a server and what it is asked to do. */
export interface Contender {
  readonly name: string;
  /** What an answer stands for, and how the bytes travelled. */
  readonly keeps: string;
  /** What the chart says beside its bar: what it leaves out, if anything. */
  readonly note?: string;
  /** 0: it is not about readings. */
  readonly readingsPerRequest: number;
  readonly process: ServerProcess;
  readonly target: LineTarget;
  /** How many requests this costs at most in a round; the slow ones get fewer. */
  readonly requests: number;
  /** Bytes on the wire before a device can send its first reading, TCP's own not counted; null: nothing to compare. */
  readonly firstContactBytes: number | null;
  /** What has to be said on a fresh line first. */
  greet?(line: number): Buffer;
  /** Writes a round's requests, while no clock is running: one source for each line. */
  prepare(): Promise<readonly RequestSource[]>;
}

/** Sources that hand out what was written ahead. */
export function sourcesOf(prepared: readonly (readonly Buffer[])[]): RequestSource[] {
  return prepared.map((requests) => {
    let next = 0;
    return () => {
      const request = requests[next];
      next += 1;
      return request;
    };
  });
}

/** The same request for ever, on every line. */
export function repeat(request: Buffer): RequestSource[] {
  return Array.from({ length: connections }, () => () => request);
}
