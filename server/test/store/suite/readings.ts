import { describe, expect, test } from 'vitest';
import { SealpostError } from '../../../src/errors.ts';
import { timeSource } from '../../../src/readings/reading.ts';
import { addDevice, batch, bootId, fullReading, noon, reading, stampedReading, stored } from '../fixtures.ts';
import type { Subject } from '../store-suite.ts';

export function readingSuite(subject: Subject): void {
  describe('readings', () => {
    test('a reading comes back as it was, also after a restart', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const result = await store.appendReadings({ ...owner, batch: batch([fullReading]), receivedAt: noon });
      expect(result).toEqual({ stored: 1, duplicates: 0 });
      expect(await store.latestReading('kitchen')).toEqual(stored(fullReading, noon - 7));
      const again = await subject.reopen();
      expect(await again.latestReading('kitchen')).toEqual(stored(fullReading, noon - 7));
    });

    test('an absent sensor comes back absent, each by itself', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const partial = [
        { ...fullReading, sequence: 1, bmp280: null, timeSource: timeSource.server },
        { ...fullReading, sequence: 2, mpu6050: null, uptime: null },
        { ...fullReading, sequence: 3, sht4x: null },
      ];
      for (const one of partial) {
        await store.appendReadings({ ...owner, batch: batch([one]), receivedAt: noon });
        expect(await store.latestReading()).toEqual(stored(one, noon - 7));
      }
    });

    test.each([0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn, 0x7fff_ffff_ffff_ffffn, 1n])(
      'boot id %d and the greatest sequence keep every bit',
      async (id) => {
        const { store } = subject;
        const owner = await addDevice(store);
        const last = stampedReading(Number.MAX_SAFE_INTEGER, noon);
        const append = { ...owner, batch: batch([last], { bootId: id }), receivedAt: noon };
        expect(await store.appendReadings(append)).toEqual({ stored: 1, duplicates: 0 });
        expect(await store.appendReadings(append)).toEqual({ stored: 0, duplicates: 1 });
        expect(await store.latestReading()).toEqual(stored(last, noon, { bootId: id }));
        expect(await store.claimHandshake({ ...owner, bootId: id, uptime: 5 })).toBe(true);
        const again = await subject.reopen();
        expect(await again.claimHandshake({ ...owner, bootId: id, uptime: 5 })).toBe(false);
        expect(await again.describeDevice('kitchen')).toMatchObject({
          boots: 1,
          readings: 1,
          missingReadings: Number.MAX_SAFE_INTEGER - 1,
        });
      },
    );

    test('a reading sent twice is stored once and counted as a duplicate; the first one stays', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const first = stampedReading(1, noon);
      const second = { ...fullReading, sequence: 1 };
      await store.appendReadings({ ...owner, batch: batch([first]), receivedAt: noon });
      const result = await store.appendReadings({
        ...owner,
        batch: batch([second, stampedReading(2, noon - 1)]),
        receivedAt: noon + 1,
      });
      expect(result).toEqual({ stored: 1, duplicates: 1 });
      expect(await store.latestReading()).toEqual(stored(first, noon));
      expect(await store.describeDevice('kitchen')).toMatchObject({ readings: 2 });
    });

    test('of two in one batch the first is stored', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const result = await store.appendReadings({
        ...owner,
        batch: batch([fullReading, stampedReading(1, noon)]),
        receivedAt: noon,
      });
      expect(result).toEqual({ stored: 1, duplicates: 1 });
      expect(await store.latestReading()).toEqual(stored(fullReading, noon - 7));
    });

    test('the same sequence in another boot, or of another device, is another reading', async () => {
      const { store } = subject;
      const kitchen = await addDevice(store);
      const attic = await addDevice(store, 'attic');
      const results = [
        await store.appendReadings({ ...kitchen, batch: batch([reading(1)], { bootId: 1n }), receivedAt: noon }),
        await store.appendReadings({ ...kitchen, batch: batch([reading(1)], { bootId: 2n }), receivedAt: noon }),
        await store.appendReadings({ ...attic, batch: batch([reading(1)], { bootId: 1n }), receivedAt: noon }),
      ];
      expect(results).toEqual(Array(3).fill({ stored: 1, duplicates: 0 }));
    });

    test('many appends at a time are all stored, each with a result of its own', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const appends = Array.from({ length: 200 }, (_, index) =>
        store.appendReadings({ ...owner, batch: batch([reading(index + 1), reading(1)]), receivedAt: noon }),
      );
      const results = await Promise.all(appends);
      expect(results).toEqual(Array(200).fill({ stored: 1, duplicates: 1 }));
      expect(await store.describeDevice('kitchen')).toMatchObject({ readings: 200, missingReadings: 0 });
    });

    test('holes in the sequences are counted, boot by boot', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const send = (id: bigint, ...sequences: number[]) =>
        store.appendReadings({
          ...owner,
          batch: batch(
            sequences.map((sequence) => reading(sequence)),
            { bootId: id },
          ),
          receivedAt: noon,
        });
      await send(1n, 1, 2, 5);
      await send(2n, 3);
      expect(await store.describeDevice('kitchen')).toMatchObject({ boots: 2, readings: 4, missingReadings: 4 });
      await send(1n, 4);
      expect(await store.describeDevice('kitchen')).toMatchObject({ boots: 2, readings: 5, missingReadings: 3 });
    });

    test('the status of a device is the one it sent last', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const status = {
        queuedReadings: 0xffff_ffff,
        droppedReadings: 0xffff_ffff_ffff_ffffn,
        freeHeapBytes: 1,
        rssiDbm: -67,
      };
      const send = (sequence: number, of?: typeof status) =>
        store.appendReadings({ ...owner, batch: batch([reading(sequence)], of && { status: of }), receivedAt: noon });
      await send(1, { ...status, queuedReadings: 1 });
      await send(2, status);
      await send(3);
      expect(await store.describeDevice('kitchen')).toMatchObject({ status });
      expect((await (await subject.reopen()).listDevices())[0]).toMatchObject({ status });
    });

    test('one append more than may wait is refused with a hint when to come again', async () => {
      const owner = await addDevice(subject.store);
      const store = await subject.open({ maxQueuedAppends: 2 });
      const append = (sequence: number) =>
        store.appendReadings({ ...owner, batch: batch([reading(sequence)]), receivedAt: noon });
      const results = await Promise.allSettled([append(1), append(2), append(3)]);
      expect(results).toEqual([
        { status: 'fulfilled', value: { stored: 1, duplicates: 0 } },
        { status: 'fulfilled', value: { stored: 1, duplicates: 0 } },
        { status: 'rejected', reason: expect.any(SealpostError) },
      ]);
      expect(results[2]).toMatchObject({ reason: { code: 'resource_exhausted', retryAfterSeconds: 1 } });
      expect(await append(3)).toEqual({ stored: 1, duplicates: 0 });
    });

    test('closing stores what waits; after that nothing is taken', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const append = { ...owner, batch: batch([reading(1)]), receivedAt: noon };
      const waiting = store.appendReadings(append);
      await store.close();
      expect(await waiting).toEqual({ stored: 1, duplicates: 0 });
      const closed = { code: 'unavailable', reason: 'the store is closed' };
      await expect(store.appendReadings(append)).rejects.toMatchObject(closed);
      await expect(store.latestReading()).rejects.toMatchObject(closed);
      await expect(store.removeDevice('kitchen')).rejects.toMatchObject(closed);
      store.noteContact({ ...owner, bootId });
      await store.close();
    });
  });
}
