import { describe, expect, test } from 'vitest';
import { OperatorError } from '../../../src/errors.ts';
import type { DevicesQuery } from '../../../src/store/store.ts';
import { minute } from '../../../src/time.ts';
import { addDevice, batch, bootId, currentOwner, deviceKey, noon, reading, rotate, sample } from '../fixtures.ts';
import type { Subject } from '../store-suite.ts';

const unknown = new OperatorError("there is no device 'attic': see 'sealpost device list'");

export function deviceSuite(subject: Subject): void {
  describe('devices', () => {
    test('a new device has one current key and has said nothing', async () => {
      const { store } = subject;
      await store.addDevice('kitchen', deviceKey(7), noon);
      const { generation } = await currentOwner(store);
      const summary = {
        deviceId: 'kitchen',
        addedAt: noon,
        currentGeneration: generation,
        pendingGeneration: null,
        firmwareVersion: null,
        hardware: null,
        utcOffsetSeconds: null,
        status: null,
        latestReadingAt: null,
        lastReceivedAt: null,
        refusedSensors: 0,
      };
      expect(await store.deviceKeys('kitchen')).toEqual([{ generation, state: 'current', key: deviceKey(7) }]);
      expect(await store.listDevices()).toEqual([summary]);
      expect(await store.describeDevice('kitchen')).toEqual({ ...summary, boots: 0, readings: 0, missingReadings: 0 });
    });

    test('devices are listed by their ids', async () => {
      for (const id of ['kitchen', 'attic', 'cellar']) await addDevice(subject.store, id);
      expect((await subject.store.listDevices()).map(({ deviceId }) => deviceId)).toEqual([
        'attic',
        'cellar',
        'kitchen',
      ]);
    });

    test('devices are listed page by page, and counted', async () => {
      const { store } = subject;
      for (const id of ['kitchen', 'attic', 'cellar']) await addDevice(store, id);
      const idsOf = async (query: DevicesQuery) => (await store.listDevices(query)).map(({ deviceId }) => deviceId);
      expect(await idsOf({ limit: 2 })).toEqual(['attic', 'cellar']);
      expect(await idsOf({ after: 'cellar', limit: 2 })).toEqual(['kitchen']);
      expect(await idsOf({ after: 'b' })).toEqual(['cellar', 'kitchen']);
      expect(await idsOf({ deviceId: 'cellar', limit: 2 })).toEqual(['cellar']);
      expect(await idsOf({ deviceId: 'cellar', after: 'cellar' })).toEqual([]);
      expect(await idsOf({ deviceId: 'nobody' })).toEqual([]);
      expect(await store.countDevices()).toBe(3);
    });

    test('an id that is taken is refused, and its device keeps its key', async () => {
      const { store } = subject;
      const { generation } = await addDevice(store);
      await expect(store.addDevice('kitchen', deviceKey(9), noon)).rejects.toEqual(
        new OperatorError('there is a device kitchen already: choose another id, or rotate its key.'),
      );
      expect(await store.deviceKeys('kitchen')).toEqual([{ generation, state: 'current', key: deviceKey(1) }]);
    });

    test('a key that is not 32 bytes is refused, and nothing of it is kept', async () => {
      const { store } = subject;
      await expect(store.addDevice('kitchen', Buffer.alloc(31), noon)).rejects.toThrow(RangeError);
      expect(await store.listDevices()).toEqual([]);
    });

    test('a device that is not there has no keys and no report, and cannot be changed', async () => {
      const { store } = subject;
      await addDevice(store);
      expect(await store.deviceKeys('attic')).toEqual([]);
      expect(await store.describeDevice('attic')).toBeNull();
      await expect(store.rotateKey('attic', deviceKey(1), { atOnce: true })).rejects.toEqual(unknown);
      await expect(store.revokeDevice('attic')).rejects.toEqual(unknown);
      await expect(store.removeDevice('attic')).rejects.toEqual(unknown);
    });

    test('devices and their keys outlive the process', async () => {
      const { store } = subject;
      const old = await addDevice(store);
      const pending = await rotate(store);
      const before = await store.listDevices();
      const again = await subject.reopen();
      expect(await again.listDevices()).toEqual(before);
      expect(await again.deviceKeys('kitchen')).toEqual([
        { generation: pending.generation, state: 'pending', key: deviceKey(2) },
        { generation: old.generation, state: 'current', key: deviceKey(1) },
      ]);
    });

    test('a removed device is gone with its keys and readings, which are counted; the others stay', async () => {
      const { store } = subject;
      const kitchen = await addDevice(store);
      const attic = await addDevice(store, 'attic');
      store.noteContact({ ...kitchen, bootId, sample: sample(0, noon) });
      store.noteContact({ ...attic, bootId, sample: sample(0, noon - 10) });
      await store.appendReadings({ ...kitchen, batch: batch([reading(1), reading(2)]), receivedAt: noon });
      await store.appendReadings({ ...kitchen, batch: batch([reading(1)], { bootId: 2n }), receivedAt: noon });
      await store.appendReadings({ ...attic, batch: batch([reading(1)]), receivedAt: noon });

      expect(await store.removeDevice('kitchen')).toEqual({ readings: 3 });
      expect((await store.listDevices()).map(({ deviceId }) => deviceId)).toEqual(['attic']);
      expect(await store.deviceKeys('kitchen')).toEqual([]);
      expect(await store.describeDevice('attic')).toMatchObject({
        boots: 1,
        readings: 1,
        latestReadingAt: noon - 9,
      });
    });

    test('more readings than one transaction removes are removed and counted', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const readings = Array.from({ length: 2001 }, (_, index) => reading(index + 1));
      await store.appendReadings({ ...owner, batch: batch(readings), receivedAt: noon });
      for (let index = 0; index < 2001; index += 1) {
        store.noteContact({ ...owner, bootId, sample: sample(index * 10 * minute, noon) });
      }
      await store.appendReadings({ ...owner, batch: batch(readings, { bootId: 2n }), receivedAt: noon });
      expect(await store.removeDevice('kitchen')).toEqual({ readings: 4002 });
      expect(await store.listDevices()).toEqual([]);
    });

    test('a device added again starts afresh, under a generation that was never used', async () => {
      const { store } = subject;
      const first = await addDevice(store);
      await store.appendReadings({ ...first, batch: batch([reading(1)]), receivedAt: noon });
      await store.removeDevice('kitchen');
      const again = await subject.reopen();
      const second = await addDevice(again);
      expect(second.generation).toBeGreaterThan(first.generation);
      expect(await again.describeDevice('kitchen')).toMatchObject({ boots: 0, readings: 0, missingReadings: 0 });
      const append = { batch: batch([reading(1)]), receivedAt: noon };
      expect(await again.appendReadings({ ...second, ...append })).toEqual({ stored: 1, duplicates: 0 });
      await expect(again.appendReadings({ ...first, ...append })).rejects.toMatchObject({ code: 'unauthenticated' });
    });

    test('a revoked device keeps its readings, and gets in again with a new key', async () => {
      const { store } = subject;
      const first = await addDevice(store);
      await store.appendReadings({ ...first, batch: batch([reading(1)]), receivedAt: noon });
      await store.revokeDevice('kitchen');
      expect(await store.deviceKeys('kitchen')).toEqual([]);
      expect(await store.describeDevice('kitchen')).toMatchObject({
        currentGeneration: null,
        pendingGeneration: null,
        readings: 1,
      });

      await store.rotateKey('kitchen', deviceKey(3), { atOnce: false });
      const second = await currentOwner(store);
      expect(await store.deviceKeys('kitchen')).toEqual([
        { generation: second.generation, state: 'current', key: deviceKey(3) },
      ]);
      expect(await store.appendReadings({ ...second, batch: batch([reading(2)]), receivedAt: noon })).toEqual({
        stored: 1,
        duplicates: 0,
      });
    });
  });
}
