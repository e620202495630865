import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { SealpostError } from '../errors.ts';

const loopbackAddress = /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$|^::1$/;

/** What of a request says where it comes from. */
export type RequestSource = Pick<FastifyRequest, 'raw' | 'headers'>;

/** Names that no public DNS gives out (RFC 6761, RFC 6762, RFC 8375; `internal` is ICANN's for private use). */
const privateName = /^[a-z0-9_-]+$|^[a-z0-9_.-]+\.(?:local|localhost|internal|home\.arpa)$/;

/** The host that was asked for, with its port: of `Host`, or HTTP/2's `:authority`. Undefined when they contradict. */
export function hostOf({ headers }: Pick<RequestSource, 'headers'>): string | undefined {
  const { host, ':authority': authority } = headers;
  if (authority === undefined) return host;
  return host === undefined || host === authority ? String(authority) : undefined;
}

/**
 * Refuses a request by a name that a stranger could have made to point here (DNS rebinding): a browser takes a page of
 * that name for ours and lets it read the answers. Addresses can't be made to point anywhere, private names not by a
 * stranger on the Internet, and the operator answers for the names that are allowed.
 */
export function checkHost(request: RequestSource, allowedHosts: readonly string[]): void {
  const name = hostOf(request)
    ?.replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '')
    .toLowerCase();
  if (name !== undefined && (isAddress(name) || privateName.test(name) || allowedHosts.includes(name))) return;
  throw new SealpostError(
    'unauthenticated',
    'this name of the server is not one that it knows: ask by its address, show a token, or start the server with --allowed-host NAME',
    { reason: 'Host that could be rebound' },
  );
}

function isAddress(name: string): boolean {
  return isIP(name) === 4 || (name.startsWith('[') && name.endsWith(']') && isIP(name.slice(1, -1)) === 6);
}

/**
 * Refuses what another web page has a browser send: what the browser says of the page must agree with this server. What
 * is no browser says nothing, and passes. Links from other pages pass too, since their pages can't read what they open.
 */
export function checkOrigin(request: RequestSource): void {
  const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = request.headers;
  if (origin !== undefined && originHost(origin) !== hostOf(request)?.toLowerCase()) throw otherPage();
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  if (mode === 'navigate' && isReading(request)) return;
  throw otherPage();
}

/** Refuses as well what could be a browser's and does not say which page has sent it: what a cookie allows, changes things. */
export function requireOrigin(request: RequestSource): void {
  checkOrigin(request);
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin === undefined && site !== 'same-origin' && !isReading(request)) throw otherPage();
}

/** Refuses a secret that has crossed the network in clear though there is TLS. */
export function checkConfidential({ raw }: RequestSource): void {
  if (isSecure(raw) || isLoopback(raw)) return;
  throw new SealpostError(
    'unauthenticated',
    'tokens and logins are accepted over TLS only: ask at https://, and revoke this token if others may have heard it',
    { reason: 'token in clear, though there is TLS' },
  );
}

/** The other end's address, for the audit and the log; `unknown` once its connection has gone. */
export function addressOf({ raw }: Pick<RequestSource, 'raw'>): string {
  try {
    return raw.socket.remoteAddress ?? 'unknown';
  } catch {
    // A request over HTTP/2 has no socket any more when its session has ended.
    return 'unknown';
  }
}

/** Whether it came over TLS. */
export function isSecure({ socket }: RequestSource['raw']): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}

/** Whether the connection is from this machine, be it a person's or a proxy's. */
export function isLoopback({ socket }: RequestSource['raw']): boolean {
  return loopbackAddress.test(socket.remoteAddress ?? '');
}

function isReading({ raw }: RequestSource): boolean {
  return raw.method === 'GET' || raw.method === 'HEAD';
}

/** The host and port of an Origin, as they stand in `Host`; undefined for `null` and what is no origin. */
function originHost(origin: string): string | undefined {
  return /^https?:\/\/([^/@?#]+)$/.exec(origin.toLowerCase())?.[1];
}

function otherPage(): SealpostError {
  return new SealpostError(
    'permission_denied',
    'this came from the page of another server, or does not say from which',
    {
      reason: 'request of another origin',
    },
  );
}
