import type { IncomingHttpHeaders } from 'node:http';
import { invalidField } from '../errors.ts';
import { compressed } from './request-message.ts';

/** Milliseconds that a timer of Node's can hold. */
const longestTimeout = 2 ** 31 - 1;
/** Milliseconds in gRPC's units of time. */
const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/**
 * Throws `invalid_argument` or `unimplemented` for what Connect's library would repeat in its answer, and takes away a
 * time limit of weeks, which it would take for one millisecond.
 */
export function checkCallHeaders(headers: IncomingHttpHeaders): void {
  for (const name of ['connect-content-encoding', 'grpc-encoding']) {
    if ((headers[name] ?? 'identity') !== 'identity') throw compressed();
  }
  checkTimeout(headers, 'connect-timeout-ms', /^(\d{1,10})$/, 'at most 10 digits');
  checkTimeout(headers, 'grpc-timeout', /^(\d{1,8})([HMSmun])$/, 'at most 8 digits and a unit');
}

function checkTimeout(headers: IncomingHttpHeaders, name: string, pattern: RegExp, expected: string): void {
  if (headers[name] === undefined) return;
  const [, digits, unit = 'm'] = pattern.exec(String(headers[name])) ?? [];
  if (digits === undefined) throw invalidField(name, expected);
  if (Number(digits) * (units[unit] ?? 1) > longestTimeout) headers[name] = undefined;
}
