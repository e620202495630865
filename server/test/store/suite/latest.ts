import { describe, expect, test } from 'vitest';
import type { SessionOwner, Store } from '../../../src/store/store.ts';
import { hour, type Micros } from '../../../src/time.ts';
import { addDevice, batch, bootId, noon, reading, sample, stampedReading, stored } from '../fixtures.ts';
import type { Subject } from '../store-suite.ts';

const append = (store: Store, owner: SessionOwner, sequence: number, time: Micros, id = bootId) =>
  store.appendReadings({
    ...owner,
    batch: batch([stampedReading(sequence, time)], { bootId: id }),
    receivedAt: noon,
  });

const storedAs = (owner: SessionOwner, sequence: number, time: Micros, id = bootId) =>
  stored(stampedReading(sequence, time), time, { deviceId: owner.deviceId, bootId: id });

export function latestSuite(subject: Subject): void {
  describe('the latest reading', () => {
    test('there is none at first, and none of a device that is not there', async () => {
      const { store } = subject;
      await addDevice(store);
      expect(await store.latestReading()).toBeNull();
      expect(await store.latestReading('kitchen')).toBeNull();
      expect(await store.latestReading('attic')).toBeNull();
    });

    test('is the one with the greatest time, of a device and of all, also after a restart', async () => {
      const { store } = subject;
      const kitchen = await addDevice(store);
      const attic = await addDevice(store, 'attic');
      await append(store, kitchen, 1, noon - 3);
      await append(store, attic, 1, noon - 1);
      await append(store, kitchen, 2, noon - 2);
      const expectThem = async (opened: Store) => {
        expect(await opened.latestReading()).toEqual(storedAs(attic, 1, noon - 1));
        expect(await opened.latestReading('kitchen')).toEqual(storedAs(kitchen, 2, noon - 2));
        expect((await opened.listDevices()).map((device) => [device.deviceId, device.latestReadingAt])).toEqual([
          ['attic', noon - 1],
          ['kitchen', noon - 2],
        ]);
      };
      await expectThem(store);
      await expectThem(await subject.reopen());
    });

    test('what was taken earlier and comes late does not displace it', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      await append(store, owner, 9, noon - 1);
      await append(store, owner, 10, noon - hour);
      await append(store, owner, 1, noon - 2 * hour, 2n);
      expect(await store.latestReading()).toEqual(storedAs(owner, 9, noon - 1));
      expect(await (await subject.reopen()).latestReading()).toEqual(storedAs(owner, 9, noon - 1));
    });

    test('of readings of the same time it is the one of the greatest sequence', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      await append(store, owner, 2, noon);
      await append(store, owner, 1, noon);
      expect(await store.latestReading()).toEqual(storedAs(owner, 2, noon));
    });

    test("carries the device's time zone", async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      await append(store, owner, 1, noon);
      store.noteContact({ ...owner, bootId, utcOffsetSeconds: 7200 });
      await append(store, owner, 2, noon - 1);
      expect(await store.latestReading()).toEqual({ ...storedAs(owner, 1, noon), utcOffsetSeconds: 7200 });
    });

    test('of a batch is the one with the greatest time, wherever it stands', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const readings = [stampedReading(1, noon - 3), stampedReading(2, noon - 1), stampedReading(3, noon - 2)];
      await store.appendReadings({ ...owner, batch: batch(readings), receivedAt: noon });
      expect(await store.latestReading()).toEqual(storedAs(owner, 2, noon - 1));
    });

    test.each([
      ['of all', undefined],
      ['of the device', 'kitchen'],
    ])('%s may be another one after a sample has set the times right', async (_, asked) => {
      const { store } = subject;
      const owner = await addDevice(store);
      // Its own clock says noon; it was taken six hours earlier, and the other boot's an hour.
      await append(store, owner, 5, noon);
      await append(store, owner, 1, noon - hour, 2n);
      expect(await store.latestReading(asked)).toEqual(storedAs(owner, 5, noon));
      store.noteContact({ ...owner, bootId, sample: sample(5, noon - 6 * hour) });
      await append(store, owner, 2, noon - 2 * hour, 2n);
      expect(await store.latestReading(asked)).toEqual(storedAs(owner, 1, noon - hour, 2n));
    });

    test('goes with its device; of all it is the next best then', async () => {
      const { store } = subject;
      const kitchen = await addDevice(store);
      const attic = await addDevice(store, 'attic');
      await append(store, kitchen, 1, noon);
      await append(store, attic, 1, noon - hour);
      expect(await store.latestReading()).toEqual(storedAs(kitchen, 1, noon));
      await store.removeDevice('kitchen');
      expect(await store.latestReading()).toEqual(storedAs(attic, 1, noon - hour));
      expect(await store.latestReading('kitchen')).toBeNull();
      await store.removeDevice('attic');
      expect(await store.latestReading()).toBeNull();
    });

    test('also when another process removes the device or adds it again', async () => {
      const { store } = subject;
      const kitchen = await addDevice(store);
      const attic = await addDevice(store, 'attic');
      await append(store, kitchen, 1, noon);
      await append(store, attic, 1, noon - hour);
      expect(await store.latestReading()).toEqual(storedAs(kitchen, 1, noon));
      const command = await subject.open();
      await command.removeDevice('kitchen');
      expect(await store.latestReading()).toEqual(storedAs(attic, 1, noon - hour));
      await addDevice(command);
      expect(await store.latestReading('kitchen')).toBeNull();
    });

    test('another process sees what this one has stored', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const command = await subject.open();
      expect(await command.latestReading()).toBeNull();
      await append(store, owner, 1, noon);
      expect(await command.latestReading()).toEqual(storedAs(owner, 1, noon));
      await store.appendReadings({ ...owner, batch: batch([reading(2)]), receivedAt: noon });
      expect(await command.describeDevice('kitchen')).toMatchObject({ readings: 2, latestReadingAt: noon });
    });
  });
}
