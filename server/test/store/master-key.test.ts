import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OperatorError } from '../../src/errors.ts';
import { deviceKeyPlace, MasterKey } from '../../src/store/master-key.ts';
import { addDevice, deviceKey, rotate } from './fixtures.ts';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

// McGrew and Viega, The Galois/Counter Mode of Operation (GCM), appendix B, test case 16: AES-256.
const vector = {
  key: hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
  nonce: hex('cafebabefacedbaddecaf888'),
  associatedData: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
  plaintext: hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  ),
  sealed: hex(
    'cafebabefacedbaddecaf888' +
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
      '76fc6ece0f4e1768cddf8853bb2d551b',
  ),
};

describe('the master key', () => {
  const masterKey = new MasterKey(vector.key, () => vector.nonce);

  test('seals and opens as the published test case has it', () => {
    expect(masterKey.seal(vector.plaintext, vector.associatedData)).toEqual(vector.sealed);
    expect(masterKey.open(vector.sealed, vector.associatedData)).toEqual(vector.plaintext);
  });

  test('opens nothing that is changed in any bit, cut short or lengthened', () => {
    for (let bit = 0; bit < vector.sealed.length * 8; bit += 1) {
      const changed = Buffer.from(vector.sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(masterKey.open(changed, vector.associatedData)).toBeNull();
    }
    for (let length = 0; length < vector.sealed.length; length += 1) {
      expect(masterKey.open(vector.sealed.subarray(0, length), vector.associatedData)).toBeNull();
    }
    expect(masterKey.open(Buffer.concat([vector.sealed, Buffer.alloc(1)]), vector.associatedData)).toBeNull();
  });

  test('opens nothing with other associated data', () => {
    expect(masterKey.open(vector.sealed, Buffer.alloc(0))).toBeNull();
  });

  test('no two places of device keys have the same encoding', () => {
    const places = ['a', 'ab', 'b', 'a-1'].flatMap((id) => [1, 2, 256, 2 ** 40].map((one) => deviceKeyPlace(id, one)));
    expect(new Set(places.map((place) => place.toString('hex'))).size).toBe(places.length);
    expect(deviceKeyPlace('kitchen', 258)).toEqual(
      Buffer.from('sealpost device key\0\0\0\0\0\0\0\x01\x02kitchen', 'latin1'),
    );
  });
});

describe('the master key file', () => {
  let place: SqlitePlace;
  beforeEach(() => {
    place = makeSqlitePlace();
  });
  afterEach(() => place.dispose());

  /** Makes the database with one device, closes it, and lets `change` happen to it. */
  async function withDevice(change: () => void): Promise<void> {
    const store = await place.open();
    await addDevice(store);
    await store.close();
    change();
  }

  test('is made on the first run, for its owner only, and is 32 bytes in base64', async () => {
    await place.open();
    expect(statSync(place.masterKey).mode & 0o777).toBe(0o600);
    expect(readFileSync(place.masterKey, 'utf8')).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
    expect(readdirSync(place.directory).sort()).toEqual([
      'master.key',
      'sealpost.db',
      'sealpost.db-shm',
      'sealpost.db-wal',
    ]);
  });

  test('may be elsewhere', async () => {
    const masterKeyFile = join(dirname(place.directory), 'elsewhere.key');
    const store = await place.open({ masterKeyFile });
    const { generation } = await addDevice(store);
    await store.close();
    const again = await place.open({ masterKeyFile });
    expect(await again.deviceKeys('kitchen')).toEqual([{ generation, state: 'current', key: deviceKey(1) }]);
    expect(readdirSync(place.directory)).not.toContain('master.key');
  });

  test('comes from the randomness that was passed in, as do the nonces', async () => {
    const asked: number[] = [];
    const randomBytes = (length: number) => {
      asked.push(length);
      return Buffer.alloc(length, asked.length);
    };
    await addDevice(await place.open({ randomBytes }));
    // The key, then the nonces of the check and of the device's key.
    expect(asked).toEqual([32, 12, 12]);
    expect(readFileSync(place.masterKey, 'utf8')).toBe(`${Buffer.alloc(32, 1).toString('base64')}\n`);
  });

  test('one that was there before the database is used', async () => {
    mkdirSync(place.directory);
    const text = `${Buffer.alloc(32, 9).toString('base64')}\n`;
    writeFileSync(place.masterKey, text, { mode: 0o600 });
    await addDevice(await place.open());
    expect(readFileSync(place.masterKey, 'utf8')).toBe(text);
  });

  test('neither it nor a device key is found in any other file', async () => {
    await withDevice(() => {});
    const secrets = [deviceKey(1), Buffer.from(readFileSync(place.masterKey, 'utf8'), 'base64')];
    const files = readdirSync(place.directory).filter((name) => name !== 'master.key');
    const bytes = Buffer.concat(files.map((name) => readFileSync(join(place.directory, name))));
    expect(bytes.includes('kitchen')).toBe(true);
    for (const secret of secrets) {
      expect(bytes.includes(secret)).toBe(false);
      for (const encoding of ['base64', 'hex'] as const) {
        expect(bytes.includes(secret.toString(encoding).slice(0, 40))).toBe(false);
      }
    }
  });

  test('without it a database with keys does not open, and no new one is made', async () => {
    await withDevice(() => rmSync(place.masterKey));
    await expect(place.open()).rejects.toEqual(
      new OperatorError(
        `the master key ${place.masterKey} is missing, and the database holds device keys that only it opens: ` +
          'sealpost refuses to start. Put the file back from your backup, or say where it is.',
      ),
    );
    expect(readdirSync(place.directory)).not.toContain('master.key');
  });

  test('without it a database without keys gets a new one', async () => {
    await (await place.open()).close();
    rmSync(place.masterKey);
    const store = await place.open();
    const { generation } = await addDevice(store);
    await store.close();
    const again = await place.open();
    expect(await again.deviceKeys('kitchen')).toEqual([{ generation, state: 'current', key: deviceKey(1) }]);
  });

  test('the one of another database is refused', async () => {
    await withDevice(() => writeFileSync(place.masterKey, `${Buffer.alloc(32, 9).toString('base64')}\n`));
    await expect(place.open()).rejects.toEqual(
      new OperatorError(
        `${place.masterKey} is not the master key that this database's device keys are sealed with: ` +
          'put the right file there.',
      ),
    );
  });

  test.each([
    ['nothing', ''],
    ['no base64', 'x!'.repeat(22)],
    ['31 bytes', Buffer.alloc(31, 1).toString('base64')],
    ['33 bytes', Buffer.alloc(33, 1).toString('base64')],
    ['two keys', `${Buffer.alloc(32, 1).toString('base64')}\n${Buffer.alloc(32, 1).toString('base64')}`],
  ])('with %s in it, it is refused', async (_, text) => {
    await withDevice(() => writeFileSync(place.masterKey, text));
    await expect(place.open()).rejects.toEqual(
      new OperatorError(
        `${place.masterKey} is not a master key: expected 32 bytes in base64, 44 characters. Restore it from a backup.`,
      ),
    );
  });

  test.each([0o640, 0o604, 0o660, 0o606])('readable or writable by others (mode %o) it is refused', async (mode) => {
    await withDevice(() => chmodSync(place.masterKey, mode));
    await expect(place.open()).rejects.toEqual(
      new OperatorError(
        `others on this machine can reach the master key ${place.masterKey}: run chmod 600 ${place.masterKey}`,
      ),
    );
  });

  // Only root can give a file away.
  test.runIf(process.getuid?.() === 0)('of another user is refused: that user may know it', async () => {
    await withDevice(() => chownSync(place.masterKey, 65_534, 65_534));
    await expect(place.open()).rejects.toEqual(
      new OperatorError(`the master key ${place.masterKey} belongs to another user, who may know it: run chown on it`),
    );
  });

  test('where it can not be made, that is said', async () => {
    const masterKeyFile = join(place.directory, 'nowhere', 'master.key');
    await expect(place.open({ masterKeyFile })).rejects.toThrow(
      new OperatorError(
        `can't write the master key to ${masterKeyFile}: ENOENT: no such file or directory, open '${masterKeyFile}.new'`,
      ),
    );
  });

  test('where it can not be read, that is said', async () => {
    mkdirSync(place.masterKey, { recursive: true, mode: 0o700 });
    await expect(place.open()).rejects.toThrow(
      new OperatorError(`can't read the master key ${place.masterKey}: EISDIR: illegal operation on a directory, read`),
    );
  });

  test('a sealed key that was moved to another device or generation is refused', async () => {
    const store = await place.open();
    const kitchen = await addDevice(store);
    const attic = await addDevice(store, 'attic');
    const pending = await rotate(store, 'attic');
    const other = new DatabaseSync(place.database);
    try {
      const move = other.prepare(
        'UPDATE device_keys SET sealed_key = (SELECT sealed_key FROM device_keys WHERE generation = ?) WHERE generation = ?',
      );
      const damaged = (deviceId: string, generation: number) => ({
        code: 'unavailable',
        reason: `key generation ${generation} of ${deviceId} does not open under the master key`,
      });
      move.run(kitchen.generation, attic.generation);
      await expect(store.deviceKeys('attic')).rejects.toMatchObject(damaged('attic', attic.generation));
      move.run(pending.generation, attic.generation);
      await expect(store.deviceKeys('attic')).rejects.toMatchObject(damaged('attic', attic.generation));
    } finally {
      other.close();
    }
  });
});
