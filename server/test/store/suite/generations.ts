import { describe, expect, test } from 'vitest';
import type { SessionOwner, Store } from '../../../src/store/store.ts';
import { addDevice, batch, bootId, currentOwner, deviceKey, noon, reading, rotate, sample } from '../fixtures.ts';
import type { Subject } from '../store-suite.ts';

const ended = ({ deviceId, generation }: SessionOwner) => ({
  code: 'unauthenticated',
  reason: `key generation ${generation} of ${deviceId} has ended`,
});

async function generationsOf(store: Store): Promise<[current: number | null, pending: number | null]> {
  const device = await store.describeDevice('kitchen');
  return [device?.currentGeneration ?? null, device?.pendingGeneration ?? null];
}

const append = (owner: SessionOwner, sequence = 1) => ({
  ...owner,
  batch: batch([reading(sequence)]),
  receivedAt: noon,
});

export function generationSuite(subject: Subject): void {
  describe('key generations', () => {
    test('a new key waits beside the old one, and both get in', async () => {
      const { store } = subject;
      const old = await addDevice(store);
      const pending = await rotate(store);
      expect(await store.deviceKeys('kitchen')).toEqual([
        { generation: pending.generation, state: 'pending', key: deviceKey(2) },
        { generation: old.generation, state: 'current', key: deviceKey(1) },
      ]);
      await store.appendReadings(append(old));
      await store.confirmGeneration(old);
      expect(await generationsOf(store)).toEqual([old.generation, pending.generation]);
      expect(await store.endedGenerations(0)).toEqual({ cursor: 0, ended: [] });
    });

    test('the first readings under the new key end the old one', async () => {
      const { store } = subject;
      const old = await addDevice(store);
      const pending = await rotate(store);
      await store.appendReadings(append(pending));
      expect(await generationsOf(store)).toEqual([pending.generation, null]);
      expect((await store.endedGenerations(0)).ended).toEqual([old]);
      expect(await store.deviceKeys('kitchen')).toEqual([
        { generation: pending.generation, state: 'current', key: deviceKey(2) },
      ]);
      await expect(store.appendReadings(append(old, 2))).rejects.toMatchObject(ended(old));
    });

    test('the first confirmation of the new key ends the old one', async () => {
      const { store } = subject;
      const old = await addDevice(store);
      const pending = await rotate(store);
      await store.confirmGeneration(pending);
      expect(await generationsOf(store)).toEqual([pending.generation, null]);
      expect((await store.endedGenerations(0)).ended).toEqual([old]);
      await expect(store.confirmGeneration(old)).rejects.toMatchObject(ended(old));
    });

    test('a handshake under the new key is remembered and noted, and ends nothing', async () => {
      const { store } = subject;
      const old = await addDevice(store);
      const pending = await rotate(store);
      expect(await store.claimHandshake({ ...pending, bootId, uptime: 10 })).toBe(true);
      store.noteContact({ ...pending, bootId, hardware: 'esp32-s2', sample: sample(10, noon) });
      const again = await subject.reopen();
      expect(await generationsOf(again)).toEqual([old.generation, pending.generation]);
      expect(await again.describeDevice('kitchen')).toMatchObject({ hardware: 'esp32-s2', boots: 1 });
      expect(await again.claimHandshake({ ...pending, bootId, uptime: 10 })).toBe(false);
    });

    test('rotating again replaces the key that was not used', async () => {
      const { store } = subject;
      const old = await addDevice(store);
      const unused = await rotate(store);
      const pending = await rotate(store);
      expect(await generationsOf(store)).toEqual([old.generation, pending.generation]);
      expect((await store.endedGenerations(0)).ended).toEqual([unused]);
      await expect(store.appendReadings(append(unused))).rejects.toMatchObject(ended(unused));
    });

    test('rotating at once ends every earlier key', async () => {
      const { store } = subject;
      const old = await addDevice(store);
      const unused = await rotate(store);
      await store.rotateKey('kitchen', deviceKey(5), { atOnce: true });
      const current = await currentOwner(store);
      expect(await store.deviceKeys('kitchen')).toEqual([
        { generation: current.generation, state: 'current', key: deviceKey(5) },
      ]);
      expect(new Set((await store.endedGenerations(0)).ended)).toEqual(new Set([old, unused]));
      await expect(store.appendReadings(append(old))).rejects.toMatchObject(ended(old));
    });

    test('a revocation holds for what waits to be stored already', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const waiting = store.appendReadings(append(owner));
      const outcome = expect(waiting).rejects.toMatchObject(ended(owner));
      await store.revokeDevice('kitchen');
      await outcome;
      expect(await store.describeDevice('kitchen')).toMatchObject({ boots: 0, readings: 0 });
    });

    test('a revocation by another process holds from its commit on', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      await store.appendReadings(append(owner));
      const command = await subject.open();
      await command.revokeDevice('kitchen');
      await expect(store.appendReadings(append(owner, 2))).rejects.toMatchObject(ended(owner));
      expect(await store.deviceKeys('kitchen')).toEqual([]);
      expect((await store.endedGenerations(0)).ended).toEqual([owner]);
    });

    test('one refused append does not hurt the others of its commit', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const stranger = { deviceId: 'kitchen', generation: owner.generation + 1000 };
      const results = await Promise.allSettled([
        store.appendReadings(append(owner, 1)),
        store.appendReadings(append(stranger, 2)),
        store.appendReadings(append(owner, 3)),
      ]);
      expect(results).toEqual([
        { status: 'fulfilled', value: { stored: 1, duplicates: 0 } },
        { status: 'rejected', reason: expect.objectContaining(ended(stranger)) },
        { status: 'fulfilled', value: { stored: 1, duplicates: 0 } },
      ]);
    });

    test('a note under a key that has ended is dropped', async () => {
      const { store } = subject;
      const old = await addDevice(store);
      await store.rotateKey('kitchen', deviceKey(2), { atOnce: true });
      store.noteContact({ ...old, bootId, firmwareVersion: '1.0', sample: sample(10, noon) });
      const again = await subject.reopen();
      expect(await again.describeDevice('kitchen')).toMatchObject({ firmwareVersion: null, boots: 0 });
      expect(again.lastStoredTime()).toBeNull();
    });

    test('a handshake counts whatever becomes of its key: no rotation lets a replay through', async () => {
      const { store } = subject;
      const first = await addDevice(store);
      expect(await store.claimHandshake({ ...first, bootId, uptime: 10 })).toBe(true);
      await store.rotateKey('kitchen', deviceKey(2), { atOnce: false });
      const [pending] = await store.deviceKeys('kitchen');
      const second = { deviceId: 'kitchen', generation: pending?.generation ?? 0 };
      expect(await store.claimHandshake({ ...second, bootId, uptime: 20 })).toBe(true);
      await store.rotateKey('kitchen', deviceKey(3), { atOnce: false });
      await store.appendReadings(append(first));
      expect(await store.claimHandshake({ ...first, bootId, uptime: 10 })).toBe(false);
      const again = await subject.reopen();
      expect(await again.claimHandshake({ ...first, bootId, uptime: 20 })).toBe(false);
    });

    test('readings and confirmations of a removed device are refused', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      await store.removeDevice('kitchen');
      const gone = { code: 'unauthenticated', reason: 'there is no device kitchen any more' };
      await expect(store.appendReadings(append(owner))).rejects.toMatchObject(gone);
      await expect(store.confirmGeneration(owner)).rejects.toMatchObject(gone);
      expect((await store.endedGenerations(0)).ended).toEqual([owner]);
    });

    test('the ends of generations are told once, in order, from a cursor on', async () => {
      const { store } = subject;
      const kitchen = await addDevice(store);
      const attic = await addDevice(store, 'attic');
      expect(await store.endedGenerationsCursor()).toBe(0);
      await store.revokeDevice('kitchen');
      const first = await store.endedGenerations(0);
      expect(first.ended).toEqual([kitchen]);
      expect(await store.endedGenerationsCursor()).toBe(first.cursor);
      await store.removeDevice('attic');
      const second = await store.endedGenerations(first.cursor);
      expect(second.ended).toEqual([attic]);
      expect(await store.endedGenerations(second.cursor)).toEqual({ cursor: second.cursor, ended: [] });
      const again = await subject.reopen();
      expect(await again.endedGenerations(0)).toEqual({ cursor: second.cursor, ended: [kitchen, attic] });
      expect(await again.endedGenerationsCursor()).toBe(second.cursor);
    });
  });
}
