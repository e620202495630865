import type { Login } from '../access/access.ts';
import { second } from '../time.ts';
import { isSecure, type RequestSource } from './request-source.ts';

/** Under TLS the name says that no page of plain HTTP can have set it (RFC 6265bis, section 4.1.3.2). */
const name = (secure: boolean) => (secure ? '__Host-sealpost' : 'sealpost');

/** The secret of a login that a browser has sent, or undefined. */
export function loginCookieOf({ raw, headers }: RequestSource): string | undefined {
  const prefix = `${name(isSecure(raw))}=`;
  const pairs = headers.cookie?.split(';').map((pair) => pair.trim());
  return pairs?.find((pair) => pair.startsWith(prefix))?.slice(prefix.length);
}

/** `Set-Cookie` for a new login. */
export function loginCookie({ raw }: RequestSource, { secret, lifetime }: Pick<Login, 'secret' | 'lifetime'>): string {
  return cookie(raw, secret, Math.floor(lifetime / second));
}

/** `Set-Cookie` that ends it. */
export function endedCookie({ raw }: RequestSource): string {
  return cookie(raw, '', 0);
}

function cookie(raw: RequestSource['raw'], value: string, seconds: number): string {
  const secure = isSecure(raw);
  const attributes = ['Path=/', `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Strict', ...(secure ? ['Secure'] : [])];
  return [`${name(secure)}=${value}`, ...attributes].join('; ');
}
