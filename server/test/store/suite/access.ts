import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { OperatorError } from '../../../src/errors.ts';
import type { AuditNote, NewToken } from '../../../src/store/access-store.ts';
import { hour } from '../../../src/time.ts';
import { addDevice, deviceKey, noon } from '../fixtures.ts';
import type { Subject } from '../store-suite.ts';

const hashOf = (secret: string) => createHash('sha256').update(secret).digest();

const newToken = (name: string, terms: Partial<NewToken> = {}): NewToken => ({
  name,
  hash: hashOf(name),
  role: 'reader',
  deviceId: null,
  addedAt: noon,
  expiresAt: null,
  ...terms,
});

const note = (act: AuditNote['act'], object: string): AuditNote => ({
  at: noon,
  actor: 'command line',
  act,
  object,
  outcome: 'done',
  remoteAddress: null,
  leftOut: 0,
});

const login = (token: number, secret: string, expiresAt = noon + hour, now = noon) => ({
  token,
  hash: hashOf(secret),
  expiresAt,
  now,
  most: 3,
});

export function accessSuite(subject: Subject): void {
  const addToken = (name: string, terms?: Partial<NewToken>) =>
    subject.store.access.addToken(newToken(name, terms), note('add token', name));

  describe('tokens', () => {
    test('are found by their hash and listed by their names', async () => {
      await addDevice(subject.store);
      await addToken('wall', { deviceId: 'kitchen' });
      await addToken('ada', { role: 'admin', expiresAt: noon + hour });
      const { access } = await subject.reopen();
      const ada = { token: 2, name: 'ada', role: 'admin', deviceId: null, addedAt: noon, expiresAt: noon + hour };
      const wall = { token: 1, name: 'wall', role: 'reader', deviceId: 'kitchen', addedAt: noon, expiresAt: null };
      expect(await access.listTokens()).toEqual([ada, wall]);
      expect(await access.findToken(hashOf('ada'))).toEqual(ada);
      expect(await access.findToken(hashOf('bob'))).toBeNull();
    });

    test('have names of their own, and devices that exist', async () => {
      await addToken('ada');
      await expect(addToken('ada', { hash: hashOf('another') })).rejects.toThrow(
        new OperatorError('there is a token ada already: choose another name, or revoke it first.'),
      );
      await expect(addToken('wall', { deviceId: 'attic' })).rejects.toThrow(OperatorError);
      expect((await subject.store.access.listTokens()).map(({ name }) => name)).toEqual(['ada']);
      expect(await subject.store.access.listAudit(10)).toEqual([{ entry: 1, ...note('add token', 'ada') }]);
    });

    test('are gone for every process once they are revoked', async () => {
      await addToken('ada');
      const other = await subject.open();
      expect(await other.access.findToken(hashOf('ada'))).not.toBeNull();
      await subject.store.access.revokeToken('ada', note('revoke token', 'ada'));
      expect(await other.access.findToken(hashOf('ada'))).toBeNull();
      await expect(other.access.revokeToken('ada', note('revoke token', 'ada'))).rejects.toThrow(
        new OperatorError("there is no token 'ada': see 'sealpost token list'"),
      );
    });

    test('of a device end with it, and do not read its successor', async () => {
      await addDevice(subject.store);
      await addToken('wall', { deviceId: 'kitchen' });
      await addToken('ada');
      await subject.store.removeDevice('kitchen');
      await addDevice(subject.store);
      expect((await subject.store.access.listTokens()).map(({ name }) => name)).toEqual(['ada']);
    });
  });

  describe('logins', () => {
    test('lead to their token until they are removed', async () => {
      await addToken('ada');
      const { access } = subject.store;
      expect(await access.addLogin(login(1, 'phone'))).toBe(true);
      const found = { token: await access.findToken(hashOf('ada')), expiresAt: noon + hour };
      expect(await access.findLogin(hashOf('phone'))).toEqual(found);
      await access.removeLogin(hashOf('laptop'));
      expect(await access.findLogin(hashOf('phone'))).toEqual(found);
      await access.removeLogin(hashOf('phone'));
      expect(await access.findLogin(hashOf('phone'))).toBeNull();
    });

    test('end with their token, which another of its name does not bring back', async () => {
      await addToken('ada');
      const { access } = subject.store;
      await access.addLogin(login(1, 'phone'));
      await access.revokeToken('ada', note('revoke token', 'ada'));
      await addToken('ada', { hash: hashOf('another') });
      expect(await access.findLogin(hashOf('phone'))).toBeNull();
      expect(await access.addLogin(login(1, 'late'))).toBe(false);
      expect(await access.findLogin(hashOf('late'))).toBeNull();
    });

    test('are so many for a token at most, and expired ones go first', async () => {
      await addToken('ada');
      await addToken('bob');
      const { access } = subject.store;
      await access.addLogin(login(2, 'of another'));
      await access.addLogin(login(1, 'expired', noon + 1));
      for (const secret of ['a', 'b', 'c', 'd']) await access.addLogin(login(1, secret, noon + hour, noon + 1));
      const all = ['of another', 'expired', 'a', 'b', 'c', 'd'];
      const found = await Promise.all(all.map((secret) => access.findLogin(hashOf(secret))));
      expect(all.filter((_secret, index) => found[index] !== null)).toEqual(['of another', 'b', 'c', 'd']);
    });
  });

  describe('the audit', () => {
    test('has a line for each change of a device, in the same transaction', async () => {
      const { store } = subject;
      await store.addDevice('kitchen', deviceKey(1), noon, note('add device', 'kitchen'));
      await store.rotateKey('kitchen', deviceKey(2), { atOnce: false }, note('rotate key', 'kitchen'));
      await store.revokeDevice('kitchen', note('revoke device', 'kitchen'));
      await store.removeDevice('kitchen', note('remove device', 'kitchen'));
      await expect(store.revokeDevice('kitchen', note('revoke device', 'kitchen'))).rejects.toThrow(OperatorError);
      await expect(store.removeDevice('kitchen', note('remove device', 'kitchen'))).rejects.toThrow(OperatorError);
      const acts = ['remove device', 'revoke device', 'rotate key', 'add device'] as const;
      expect(await store.access.listAudit(10)).toEqual(
        acts.map((act, index) => ({ entry: 4 - index, ...note(act, 'kitchen') })),
      );
    });

    test('keeps what it was told, and gives the newest lines first', async () => {
      const { access } = subject.store;
      const refused: AuditNote = {
        at: null,
        actor: null,
        act: 'log in',
        object: null,
        outcome: 'refused',
        remoteAddress: '192.168.1.7',
        leftOut: 12,
      };
      await access.appendAudit(note('add token', 'ada'));
      await access.appendAudit(refused);
      expect(await access.listAudit(1)).toEqual([{ entry: 2, ...refused }]);
      expect((await access.listAudit(10)).map(({ entry }) => entry)).toEqual([2, 1]);
    });
  });
}
