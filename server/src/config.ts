import { day, type Micros, minute, second } from './time.ts';

/** A clock before this release is wrong. */
export const buildDate: Micros = Date.UTC(2026, 10, 1) * 1000;

export const version = '0.1.0';

/** Bytes of a request's body, on every route (docs/protocol-v1.md, section 8). */
export const greatestBodyBytes = 64 * 1024;

/** What a running server can be told; checked by `serve` before anything starts. */
export interface ServerConfig {
  /** Intervals that devices are asked to keep. */
  readonly settings: {
    readonly sampleInterval: Micros;
    readonly localTimeInterval: Micros;
    readonly ntpInterval: Micros;
  };
  /** People read without a token from other machines too. */
  readonly openReads: boolean;
  /** Names of this server that are neither addresses nor private names, in lower case and without a port. */
  readonly allowedHosts: readonly string[];
  /** There is TLS: people on other machines show their tokens over it only. */
  readonly tls: boolean;
  /** Sessions in memory, all devices together. */
  readonly maxSessions: number;
  /** Appends that may wait for a commit. */
  readonly maxQueuedAppends: number;
  /** Connections at once. */
  readonly maxConnections: number;
}

export const defaultConfig: ServerConfig = {
  settings: { sampleInterval: 10 * second, localTimeInterval: second, ntpInterval: minute },
  openReads: false,
  allowedHosts: [],
  tls: false,
  maxSessions: 200_000,
  maxQueuedAppends: 10_000,
  maxConnections: 10_000,
};

/** What a device accepts for each interval; it clamps what is outside. */
export const intervalRange = { least: second, most: day } as const;

/** What a request may take, over TLS too: bytes and milliseconds. */
export function httpLimits(config: ServerConfig) {
  return {
    maxHeaderSize: 8 * 1024,
    headersTimeout: 15_000,
    // A request must arrive whole within this, so that slow senders don't hold connections.
    requestTimeout: 30_000,
    connectionsCheckingInterval: 5_000,
    keepAliveTimeout: keepAliveMilliseconds(config),
  } as const;
}

/** Keep-alive outlives the longest interval, so that a device need not connect for every call; an hour is enough. */
export function keepAliveMilliseconds({ settings }: ServerConfig): number {
  const longest = Math.max(settings.sampleInterval, settings.localTimeInterval, settings.ntpInterval);
  return (Math.min(longest, 60 * minute) + 15 * second) / 1000;
}
