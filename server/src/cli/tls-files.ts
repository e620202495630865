import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { buildDate } from '../config.ts';
import { OperatorError, UsageError } from '../errors.ts';
import { type Micros, rfc3339 } from '../time.ts';

export interface TlsOptions {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** Without TLS it says nothing. */
  readonly tlsPort?: number;
}

export interface TlsFiles {
  /** The certificate and those that vouch for it, PEM. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** What works, and what the operator should know all the same. */
  readonly warnings: readonly string[];
}

/**
 * Reads and checks what `--tls-cert` and `--tls-key` name; undefined when neither is given. Throws an OperatorError, or a
 * UsageError when only one is given.
 */
export function readTlsFiles({ tlsCert, tlsKey }: TlsOptions, now: Micros): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new UsageError('TLS needs both: --tls-cert with the certificate and --tls-key with its private key');
  }
  const { bytes: cert } = readWhole(tlsCert, 'the certificate');
  const { bytes: key, stats } = readWhole(tlsKey, 'the private key');
  const certificate = certificateIn(cert, tlsCert);
  const privateKey = privateKeyIn(key, tlsKey);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new OperatorError(
      `${tlsKey} is not the key of the certificate in ${tlsCert}: give the two that belong together`,
    );
  }
  return { cert, key, warnings: [...modeWarnings(tlsKey, stats), ...dateWarnings(certificate, tlsCert, now)] };
}

function readWhole(path: string, what: string): { readonly bytes: Buffer; readonly stats: Stats } {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return { bytes: readFileSync(file), stats: fstatSync(file) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'this user may not read it' : code;
    throw new OperatorError(`can't read ${what} in ${path}: ${why}`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function certificateIn(bytes: Buffer, path: string): X509Certificate {
  try {
    return new X509Certificate(bytes);
  } catch {
    throw new OperatorError(`${path} is no certificate: expected PEM that begins with -----BEGIN CERTIFICATE-----`);
  }
}

function privateKeyIn(bytes: Buffer, path: string): KeyObject {
  try {
    return createPrivateKey(bytes);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw new OperatorError(
      code === 'ERR_MISSING_PASSPHRASE'
        ? `${path} is encrypted: give a key without a passphrase, in a file that only this user can read`
        : `${path} is no private key: expected PEM that begins with -----BEGIN PRIVATE KEY-----`,
    );
  }
}

/** Throws when others than its owner and its group can read or write it. A group, such as Debian's ssl-cert, may read. */
function modeWarnings(path: string, { mode }: Stats): readonly string[] {
  if ((mode & 0o027) !== 0) {
    throw new OperatorError(`${path} can be read or changed by other users of this machine: chmod 600 ${path}`);
  }
  return (mode & 0o040) === 0 ? [] : [`the private key in ${path} can be read by its group`];
}

function dateWarnings({ validFrom, validTo }: X509Certificate, path: string, now: Micros): readonly string[] {
  const [from, to] = [Date.parse(validFrom) * 1000, Date.parse(validTo) * 1000];
  // Before the clock is set, it says nothing. An old certificate still serves those who look at its key alone.
  if (now < buildDate || (from <= now && now < to)) return [];
  const when = now < from ? `is not valid before ${rfc3339(from)}` : `expired at ${rfc3339(to)}`;
  return [`the certificate in ${path} ${when}: browsers and programs will refuse it`];
}
