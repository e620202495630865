import { expect, it } from 'vitest';
import { DevicePlaces } from '../../src/store/sqlite/device-places.ts';

const place = (device: number) => ({ device, boot: device + 1, sequence: device + 2, time: device + 3.5 });

it('a table of devices gives what was kept of each, however far apart their numbers are', () => {
  const places = new DevicePlaces();
  const devices = [1, 63, 64, 65, 1000, 100_000];
  for (const device of devices) places.set(place(device));
  expect([...places.all()]).toEqual(devices.map(place));
  expect(devices.map((device) => places.get(device))).toEqual(devices.map(place));
  expect([places.get(2), places.get(99_999), places.get(10_000_000)]).toEqual([undefined, undefined, undefined]);
});

it('a time of receipt only grows, and stays when places are forgotten', () => {
  const places = new DevicePlaces();
  expect([places.receivedAt(7), places.receivedAt(7_000), places.lastReceivedAt()]).toEqual([null, null, null]);
  places.set(place(7));
  for (const receivedAt of [5, 3]) places.received(7, receivedAt);
  places.received(700, 4);
  places.delete(7);
  expect(places.get(7)).toBeUndefined();
  places.set(place(7));
  places.clear();
  expect([...places.all()]).toEqual([]);
  expect([places.receivedAt(7), places.receivedAt(700), places.lastReceivedAt()]).toEqual([5, 4, 5]);
});
