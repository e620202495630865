import { hostOf, isLoopback, type RequestSource } from './request-source.ts';

const loopbackHost = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d{1,5})?$/i;
const forwarding = [
  ...[
    'forwarded',
    'via',
    'x-forwarded',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-port',
    'x-forwarded-proto',
  ],
  ...['x-forwarded-server', 'x-real-ip', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip'],
];

/**
 * Whether a request comes from this very machine: a loopback connection; a loopback Host, so that a web page whose name
 * was made to point here (DNS rebinding) does not count; no header of a proxy that passes strangers on; and not HTTP/1.0,
 * because proxies that add no header speak that.
 */
export function isLocalReader({ raw, headers }: RequestSource): boolean {
  return (
    (raw.httpVersion === '1.1' || raw.httpVersion === '2.0') &&
    isLoopback(raw) &&
    loopbackHost.test(hostOf({ headers }) ?? '') &&
    !forwarding.some((name) => headers[name] !== undefined)
  );
}
