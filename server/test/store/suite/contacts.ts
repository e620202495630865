import { describe, expect, test } from 'vitest';
import { addDevice, batch, bootId, noon, reading, sample } from '../fixtures.ts';
import type { Subject } from '../store-suite.ts';

export function contactSuite(subject: Subject): void {
  describe('handshakes and notes', () => {
    test('a handshake is accepted once: at the same uptime or an earlier one it is a replay', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const claim = (uptime: number) => store.claimHandshake({ ...owner, bootId, uptime });
      expect(await claim(0)).toBe(true);
      expect(await claim(0)).toBe(false);
      expect(await claim(500)).toBe(true);
      expect(await claim(500)).toBe(false);
      expect(await claim(499)).toBe(false);
      expect(await claim(501)).toBe(true);
    });

    test('of the same handshake twice at a time one is accepted', async () => {
      const { store } = subject;
      const claim = { ...(await addDevice(store)), bootId, uptime: 10 };
      expect(await Promise.all([store.claimHandshake(claim), store.claimHandshake(claim)])).toEqual([true, false]);
    });

    test('each boot of each device has uptimes of its own', async () => {
      const { store } = subject;
      const kitchen = await addDevice(store);
      const attic = await addDevice(store, 'attic');
      expect(await store.claimHandshake({ ...kitchen, bootId: 1n, uptime: 10 })).toBe(true);
      expect(await store.claimHandshake({ ...kitchen, bootId: 2n, uptime: 10 })).toBe(true);
      expect(await store.claimHandshake({ ...attic, bootId: 1n, uptime: 10 })).toBe(true);
      expect(await store.claimHandshake({ ...kitchen, bootId: 1n, uptime: 9 })).toBe(false);
    });

    test('a handshake is remembered after it was written, and over a restart', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      await store.claimHandshake({ ...owner, bootId, uptime: 10 });
      await store.claimHandshake({ ...owner, bootId, uptime: 20 });
      await store.appendReadings({ ...owner, batch: batch([reading(1)]), receivedAt: noon });
      expect(await store.claimHandshake({ ...owner, bootId, uptime: 20 })).toBe(false);
      const again = await subject.reopen();
      expect(await again.claimHandshake({ ...owner, bootId, uptime: 20 })).toBe(false);
      expect(await again.claimHandshake({ ...owner, bootId, uptime: 21 })).toBe(true);
    });

    test('a handshake that is written late does not undo a later one', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const other = await subject.open();
      await store.claimHandshake({ ...owner, bootId, uptime: 20 });
      await other.claimHandshake({ ...owner, bootId, uptime: 30 });
      await other.close();
      const again = await subject.reopen();
      expect(await again.claimHandshake({ ...owner, bootId, uptime: 30 })).toBe(false);
    });

    test('what a device says on the side is written with the next readings', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      store.noteContact({ ...owner, bootId, firmwareVersion: '1.2.3', hardware: 'esp32-s2' });
      store.noteContact({ ...owner, bootId, utcOffsetSeconds: -3600 });
      await store.appendReadings({ ...owner, batch: batch([reading(1)]), receivedAt: noon });
      expect(await store.describeDevice('kitchen')).toMatchObject({
        firmwareVersion: '1.2.3',
        hardware: 'esp32-s2',
        utcOffsetSeconds: -3600,
      });
    });

    test('what waits is written at the end; what a later note leaves out stays', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      store.noteContact({ ...owner, bootId, firmwareVersion: '1.2.3', utcOffsetSeconds: 3600 });
      store.noteContact({ ...owner, bootId, firmwareVersion: '1.2.4' });
      store.noteContact({ ...owner, bootId, utcOffsetSeconds: 0 });
      store.noteContact({ ...owner, bootId, hardware: 'esp32-s2' });
      store.noteContact({ ...owner, bootId, sample: sample(10, noon) });
      const again = await subject.reopen();
      expect(await again.describeDevice('kitchen')).toMatchObject({
        firmwareVersion: '1.2.4',
        hardware: 'esp32-s2',
        utcOffsetSeconds: 0,
        boots: 1,
      });
    });
  });
}
