import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTlsFiles } from '../../src/cli/tls-files.ts';
import { OperatorError, UsageError } from '../../src/errors.ts';
import { makeCertificate } from '../certificate.ts';

const noon = Date.UTC(2026, 10, 22, 12) * 1000;
const { cert, key } = makeCertificate(new Date('2026-11-01T00:00:00Z'), new Date('2027-01-01T00:00:00Z'));

let folder: string;
let tlsCert: string;
let tlsKey: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealpost-tls-'));
  [tlsCert, tlsKey] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(tlsCert, cert);
  writeFileSync(tlsKey, key, { mode: 0o600 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (now = noon) => readTlsFiles({ tlsCert, tlsKey }, now);
const refused = (sentence: string) => new OperatorError(sentence);

describe('the files for TLS', () => {
  it('are taken when they belong together', () => {
    expect(read()).toEqual({ cert: Buffer.from(cert), key: Buffer.from(key), warnings: [] });
    expect(readTlsFiles({ tlsPort: 8443 }, noon)).toBeUndefined();
  });

  it('are two', () => {
    for (const one of [{ tlsCert }, { tlsKey }]) expect(() => readTlsFiles(one, noon)).toThrow(UsageError);
  });

  it('are refused when there are none', () => {
    rmSync(tlsKey);
    expect(() => read()).toThrow(refused(`can't read the private key in ${tlsKey}: there is no such file`));
    rmSync(tlsCert);
    expect(() => read()).toThrow(refused(`can't read the certificate in ${tlsCert}: there is no such file`));
    tlsCert = folder;
    expect(() => read()).toThrow(refused(`can't read the certificate in ${folder}: EISDIR`));
  });

  it('are refused when they hold something else, whose content no error shows', () => {
    writeFileSync(tlsCert, 'swordfish');
    expect(() => read()).toThrow(
      refused(`${tlsCert} is no certificate: expected PEM that begins with -----BEGIN CERTIFICATE-----`),
    );
    writeFileSync(tlsCert, cert);
    writeFileSync(tlsKey, 'swordfish');
    expect(() => read()).toThrow(
      refused(`${tlsKey} is no private key: expected PEM that begins with -----BEGIN PRIVATE KEY-----`),
    );
    writeFileSync(tlsKey, cert);
    expect(() => read()).toThrow(OperatorError);
  });

  it('are refused when they do not belong together', () => {
    writeFileSync(tlsKey, makeCertificate().key);
    expect(() => read()).toThrow(
      refused(`${tlsKey} is not the key of the certificate in ${tlsCert}: give the two that belong together`),
    );
  });

  it.each([0o604, 0o644, 0o602, 0o620, 0o601, 0o777])('are refused when the mode of the key is %o', (mode) => {
    chmodSync(tlsKey, mode);
    expect(() => read()).toThrow(
      refused(`${tlsKey} can be read or changed by other users of this machine: chmod 600 ${tlsKey}`),
    );
  });

  it('may be read by a group, which is worth a word', () => {
    chmodSync(tlsKey, 0o640);
    expect(read()?.warnings).toEqual([`the private key in ${tlsKey} can be read by its group`]);
  });

  it.each([
    ['2026-10-31T23:59:59Z', 'is not valid before 2026-11-01T00:00:00.000Z', 0],
    ['2026-11-01T00:00:00Z', '', 0],
    ['2026-12-31T23:59:59Z', '', 0],
    ['2027-01-01T00:00:00Z', 'expired at 2027-01-01T00:00:00.000Z', 1],
  ])('at %s give the warning "%s"', (now, sentence, count) => {
    const warnings = read(Date.parse(now) * 1000)?.warnings;
    // Before the release's date it is the machine's clock that is wrong.
    expect(warnings).toEqual(
      count === 0 ? [] : [`the certificate in ${tlsCert} ${sentence}: browsers and programs will refuse it`],
    );
  });
});
