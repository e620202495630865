import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * The URL by which a device on the network reaches a server that listens here: the machine's first IPv4 address; null
 * where the server listens on this machine only, or on a socket that has no address.
 */
export function deviceUrl(listening: AddressInfo | string | null): string | null {
  if (listening === null || typeof listening === 'string') return null;
  const { address, port } = listening;
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const reachable = addresses.filter(({ family, internal }) => family === 'IPv4' && !internal);
  const isAny = address === '0.0.0.0' || address === '::';
  const found = reachable.find((entry) => isAny || entry.address === address);
  return found === undefined ? null : `http://${found.address}:${port}`;
}
