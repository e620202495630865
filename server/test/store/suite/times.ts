import { describe, expect, test } from 'vitest';
import { type ClockSample, earliestTime } from '../../../src/readings/clock-model.ts';
import type { Reading } from '../../../src/readings/reading.ts';
import type { SessionOwner, Store } from '../../../src/store/store.ts';
import { hour, type Micros, minute, second } from '../../../src/time.ts';
import { addDevice, batch, bootId, noon, reading, sample, stampedReading, stored } from '../fixtures.ts';
import type { Subject } from '../store-suite.ts';

/** The time of a reading, which is made the only one with a time that can be the latest: by a device of its own. */
async function resolvedTime(
  store: Store,
  before: { samples?: readonly ClockSample[] },
  one: Reading,
  receivedAt: Micros | null = noon,
): Promise<Micros | null> {
  const owner = await addDevice(store);
  for (const of of before.samples ?? []) store.noteContact({ ...owner, bootId, sample: of });
  await store.appendReadings({ ...owner, batch: batch([one]), receivedAt });
  return (await store.latestReading('kitchen'))?.resolvedTime ?? null;
}

const append = (store: Store, owner: SessionOwner, readings: readonly Reading[], receivedAt: Micros | null = noon) =>
  store.appendReadings({ ...owner, batch: batch(readings), receivedAt });

export function timeSuite(subject: Subject): void {
  describe('when readings were taken', () => {
    test("a boot's sample gives the time of what follows it", async () => {
      const samples = [sample(10 * second, noon - minute)];
      expect(await resolvedTime(subject.store, { samples }, reading(1, 12 * second))).toBe(noon - minute + 2 * second);
    });

    test("and of what came before it, over the device's own stamp", async () => {
      const samples = [sample(10 * second, noon - minute)];
      const one = stampedReading(1, noon - hour, 4 * second);
      expect(await resolvedTime(subject.store, { samples }, one)).toBe(noon - minute - 6 * second);
    });

    test('the sample nearest in uptime counts', async () => {
      // 20 minutes apart by uptime and 1 s more by the server's clock.
      const samples = [sample(0, noon - 30 * minute), sample(20 * minute, noon - 10 * minute + second)];
      const { store } = subject;
      const owner = await addDevice(store);
      for (const of of samples) store.noteContact({ ...owner, bootId, sample: of });
      const times: (Micros | null | undefined)[] = [];
      for (const [sequence, uptime] of [
        [1, 0],
        [2, 9 * minute],
        [3, 10 * minute],
        [4, 11 * minute],
        [5, 25 * minute],
      ] as const) {
        await append(store, owner, [reading(sequence, uptime)]);
        times.push((await store.latestReading())?.resolvedTime);
      }
      expect(times).toEqual([
        noon - 30 * minute,
        noon - 21 * minute,
        noon - 20 * minute,
        noon - 19 * minute + second,
        noon - 5 * minute + second,
      ]);
    });

    test('a sample that tells no more than the last one is not kept', async () => {
      const samples = [
        sample(0, noon - hour, { uncertainty: 1000 }),
        sample(second, noon - minute, { uncertainty: 2000 }),
      ];
      expect(await resolvedTime(subject.store, { samples }, reading(1, 2 * second))).toBe(noon - hour + 2 * second);
    });

    test('a better sample at the same uptime replaces the last one', async () => {
      const samples = [
        sample(0, noon - minute, { uncertainty: second }),
        sample(0, noon - minute + 70_000, { uncertainty: 400 }),
      ];
      const time = await resolvedTime(subject.store, { samples }, reading(1, 2 * second));
      expect(time).toBe(noon - minute + 70_000 + 2 * second);
    });

    /** The time of a reading of uptime 1 minute: a sample at 0 says noon - 8 h, then comes another run's. */
    async function afterRestart(second: ClockSample, deviceId = 'kitchen'): Promise<Micros | null> {
      const owner = await addDevice(subject.store, deviceId);
      subject.store.noteContact({ ...owner, bootId, sample: sample(0, noon - 8 * hour) });
      const again = await subject.reopen();
      again.noteContact({ ...owner, bootId, sample: { ...second, epoch: again.clockEpoch() } });
      await again.appendReadings({ ...owner, batch: batch([reading(1, minute)]), receivedAt: noon });
      return (await again.latestReading(deviceId))?.resolvedTime ?? null;
    }

    test('samples of a later run of the server count beside those before it, as long as they agree', async () => {
      expect(await afterRestart(sample(7 * hour, noon - hour + second))).toBe(noon - 8 * hour + minute);
    });

    test('samples from before the clock was set, while no server ran, no longer count', async () => {
      expect(await afterRestart(sample(7 * hour, noon - minute))).toBe(noon - minute - 7 * hour + minute);
    });

    test('a Hello that was held up for as long as a device waits says nothing after a restart', async () => {
      const heldUp = sample(7 * hour, noon - hour + 9 * second, { uncertainty: second });
      expect(await afterRestart(heldUp)).toBe(noon - 8 * hour + minute);
      expect(await afterRestart(sample(0, noon - 8 * hour + 9 * second, { uncertainty: second }), 'attic')).toBe(
        noon - 8 * hour + minute,
      );
    });

    test("after a step of the server's clock only the samples since then count", async () => {
      const samples = [
        sample(0, noon - 8 * hour, { epoch: 1 }),
        sample(hour, noon - hour, { epoch: 2, uncertainty: second }),
        sample(hour + minute, noon - 7 * hour, { epoch: 1, uncertainty: 1 }),
      ];
      expect(await resolvedTime(subject.store, { samples }, reading(1, 0))).toBe(noon - 2 * hour);
    });

    test('no reading was taken after it was received', async () => {
      const samples = [sample(0, noon)];
      expect(await resolvedTime(subject.store, { samples }, reading(1, second), noon + 400)).toBe(noon + 400);
    });

    test('where the time of receipt is not known a sample alone gives the time', async () => {
      const samples = [sample(0, noon)];
      expect(await resolvedTime(subject.store, { samples }, reading(1, second), null)).toBe(noon + second);
    });

    test("a boot without samples has the device's own stamp", async () => {
      expect(await resolvedTime(subject.store, {}, stampedReading(1, noon - hour))).toBe(noon - hour);
    });

    test("a reading without uptime has the device's own stamp, sample or not", async () => {
      const samples = [sample(0, noon)];
      expect(await resolvedTime(subject.store, { samples }, stampedReading(1, noon - hour, null))).toBe(noon - hour);
    });

    test.each([
      ['no stamp', reading(1), noon],
      ['a stamp of 1970', stampedReading(1, 5 * second), noon],
      ['a stamp of tomorrow', stampedReading(1, noon + 24 * hour), noon],
      ['a stamp that nothing bounds', stampedReading(1, noon - hour), null],
    ])('with %s and no sample a reading has no time, and is never the latest', async (_, one, receivedAt) => {
      const { store } = subject;
      expect(await resolvedTime(store, {}, one, receivedAt)).toBeNull();
      expect(await store.latestReading()).toBeNull();
      expect(await store.describeDevice('kitchen')).toMatchObject({ readings: 1, latestReadingAt: null });
      expect(await (await subject.reopen()).latestReading()).toBeNull();
    });

    test('an absurd uptime that nothing bounds gives no time', async () => {
      const samples = [sample(0, noon)];
      expect(await resolvedTime(subject.store, { samples }, reading(1, 8_000_000_000 * second), null)).toBeNull();
    });

    test("a sample that puts it before the project gives no time, nor does the device's own stamp then", async () => {
      const samples = [sample(hour, earliestTime + minute)];
      const one = stampedReading(1, noon - hour, second);
      expect(await resolvedTime(subject.store, { samples }, one)).toBeNull();
    });

    test("a boot's first sample gives their time to the readings that came before it", async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      await append(store, owner, [reading(1, 10 * second)], null);
      await append(store, owner, [reading(2, 20 * second), stampedReading(3, noon - 5, 30 * second)]);
      // No uptime: no sample helps it.
      await append(store, owner, [stampedReading(4, noon - hour, null)]);
      expect(await store.latestReading()).toEqual(stored(stampedReading(3, noon - 5, 30 * second), noon - 5));

      store.noteContact({ ...owner, bootId, sample: sample(25 * second, noon + second) });
      await append(store, owner, [reading(1)]);
      // 3 would be at noon + 6 s: its receipt bounds it. 1 has no receipt time.
      expect(await store.latestReading()).toEqual(stored(stampedReading(3, noon - 5, 30 * second), noon));
      const again = await subject.reopen();
      expect(await again.latestReading()).toEqual(stored(stampedReading(3, noon - 5, 30 * second), noon));
    });

    test('so do readings by the thousand', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      const readings = Array.from({ length: 2500 }, (_, index) => reading(index + 1, (index + 1) * second));
      await append(store, owner, readings);
      expect(await store.latestReading()).toBeNull();
      store.noteContact({ ...owner, bootId, sample: sample(0, noon - 2 * hour) });
      await append(store, owner, [reading(1)]);
      expect(await store.latestReading()).toEqual(
        stored(reading(2500, 2500 * second), noon - 2 * hour + 2500 * second),
      );
    });

    test('the epoch of the newest sample is there after a restart', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      expect(store.clockEpoch()).toBe(1);
      store.noteContact({ ...owner, bootId, sample: sample(0, noon, { epoch: 7 }) });
      store.noteContact({ ...owner, bootId: 2n, sample: sample(0, noon, { epoch: 6 }) });
      expect((await subject.reopen()).clockEpoch()).toBe(8);
    });

    test('the last stored time is that of the last receipt or sample when the store was opened', async () => {
      const { store } = subject;
      const owner = await addDevice(store);
      await append(store, owner, [reading(1)], noon + 1);
      await append(store, owner, [reading(2)], null);
      expect(store.lastStoredTime()).toBeNull();
      const second = await subject.reopen();
      expect(second.lastStoredTime()).toBe(noon + 1);
      second.noteContact({ ...owner, bootId: 2n, sample: sample(0, noon + 2) });
      expect(second.lastStoredTime()).toBe(noon + 1);
      expect((await subject.reopen()).lastStoredTime()).toBe(noon + 2);
    });
  });
}
