import { sentence } from './words.ts';

/** Who reads, as the server says. */
export interface Session {
  readonly version: string;
  /** How often devices are asked to take a reading, seconds. */
  readonly sampleIntervalSeconds: number;
  /** Where devices reach the server, or null when it can't tell. */
  readonly deviceUrl: string | null;
  /** null: nobody, until they sign in. */
  readonly reader: {
    readonly role: 'reader' | 'admin';
    /** The one device that they may see, or null for all. */
    readonly device: string | null;
    /** The name of their token, or null for those who read without one. */
    readonly token: string | null;
  } | null;
}

/** Asks who reads. Rejects when nobody answers. */
export async function loadSession(): Promise<Session> {
  const response = await fetch('/page-session', { cache: 'no-store', signal: AbortSignal.timeout(20_000) });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return (await response.json()) as Session;
}

/** Signs in with a token; gives the server's sentence when it refuses it. Rejects when nobody answers. */
export async function signIn(token: string): Promise<string | undefined> {
  const response = await fetch('/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
    signal: AbortSignal.timeout(20_000),
  });
  if (response.ok) return undefined;
  const { message } = (await response.json().catch(() => ({}))) as { readonly message?: string };
  return message === undefined ? `The server answered ${response.status}.` : sentence(message);
}

export async function signOut(): Promise<void> {
  await fetch('/logout', { method: 'POST', signal: AbortSignal.timeout(20_000) });
}

/** What to tell a device where the server is: the address in use here when a device can use it too. */
export function serverUrlFor({ deviceUrl }: Session): string {
  const isOnlyHere = /^(localhost|127\.|\[::1\])/.test(location.hostname);
  if (location.protocol === 'http:' && !isOnlyHere) return location.origin;
  return deviceUrl ?? `http://ADDRESS:${location.port || '80'}`;
}
