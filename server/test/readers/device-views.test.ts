import { expect, it } from 'vitest';
import { devicesPage } from '../../src/readers/device-views.ts';
import { PlaceTokens } from '../../src/readers/place-tokens.ts';
import type { ReaderLane } from '../../src/readers/reader-share.ts';
import { deviceSummary, MemoryStore, storedReading } from './memory-store.ts';

it('a page of devices is read in steps, each of some of them', async () => {
  const store = new MemoryStore();
  const ids = Array.from({ length: 200 }, (_, index) => `d${String(index).padStart(3, '0')}`);
  store.devices.push(...ids.map((deviceId) => deviceSummary(deviceId)));
  store.receive(storedReading(1, { deviceId: 'd100' }));
  let looked = 0;
  const lookedInSteps: number[] = [];
  const { latestReading } = store;
  store.latestReading = (deviceId) => {
    looked += 1;
    return latestReading.call(store, deviceId);
  };
  const lane: ReaderLane = {
    async step(work) {
      const before = looked;
      const done = await work();
      lookedInSteps.push(looked - before);
      return done;
    },
  };
  const { devices, nextPageToken } = await devicesPage(
    store,
    lane,
    new PlaceTokens(Buffer.alloc(32)),
    {},
    { pageSize: 150, pageToken: '' },
  );
  expect(devices.map(({ device }) => device.deviceId)).toEqual(ids.slice(0, 150));
  expect(devices.map(({ latestReading: latest }) => latest?.sequence)).toEqual(
    ids.slice(0, 150).map((id) => (id === 'd100' ? 1 : undefined)),
  );
  expect(nextPageToken).not.toBe('');
  expect(lookedInSteps).toEqual([0, 64, 64, 22]);
});
