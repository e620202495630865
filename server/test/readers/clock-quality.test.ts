import { describe, expect, it } from 'vitest';
import { clockQuality } from '../../src/readers/clock-quality.ts';
import type { ClockSample } from '../../src/readings/clock-model.ts';
import { minute, second } from '../../src/time.ts';
import { noon, storedReading } from './memory-store.ts';

/** Samples of a device that booted at noon and whose crystal loses so many ppm, one each 10 minutes. */
function samplesOf(count: number, ppm: number, more: (index: number) => Partial<ClockSample> = () => ({})) {
  return Array.from({ length: count }, (_, index): ClockSample => {
    const uptime = index * 10 * minute;
    return { uptime, serverTime: noon + uptime * (1 + ppm / 1e6), uncertainty: 5000, epoch: 1, ...more(index) };
  });
}

describe('the offset of a clock', () => {
  const stamped = storedReading(100, { uptime: 100 * second, ownTime: noon + 99 * second, timeSource: 3 });

  it("is the server's time at the reading's uptime less the device's own stamp", () => {
    expect(clockQuality(samplesOf(1, 0), stamped)).toEqual({
      offset: second,
      // 50 ppm of 100 s, and the sample's.
      uncertainty: 5000 + 5000,
      driftPpm: null,
      driftUncertaintyPpm: null,
      samples: 1,
    });
  });

  it('is not known without a stamp, without a reading, or for a reading of an earlier boot', () => {
    const earlier = storedReading(100, { ownTime: noon - minute, timeSource: 3, resolvedTime: noon - minute });
    for (const latest of [storedReading(100), null, earlier])
      expect(clockQuality(samplesOf(1, 0), latest)).toMatchObject({ offset: null, uncertainty: null });
  });

  it('is nothing at all before the first contact', () => {
    expect(clockQuality([], stamped)).toBeNull();
  });
});

describe('the drift of a clock', () => {
  const driftOf = (samples: readonly ClockSample[]) => {
    const quality = clockQuality(samples, null);
    return { ppm: quality?.driftPpm, within: quality?.driftUncertaintyPpm, samples: quality?.samples };
  };

  it.each([20, -35, 0])('is found: %i ppm', (ppm) => {
    const { ppm: found, within, samples } = driftOf(samplesOf(500, ppm));
    expect(found).toBeCloseTo(ppm, 6);
    expect(within).toBeLessThan(0.1);
    expect(samples).toBe(500);
  });

  it('takes two samples', () => {
    expect(driftOf(samplesOf(2, 20))).toEqual({
      ppm: expect.closeTo(20, 6),
      within: expect.closeTo(10_000 / 600, 6),
      samples: 2,
    });
  });

  it('is not moved by a fifth of the samples, held up by a second each', () => {
    const samples = samplesOf(60, 20, (index) =>
      index % 5 === 2 ? { serverTime: noon + index * 10 * minute * (1 + 20e-6) + second } : {},
    );
    expect(driftOf(samples).ppm).toBeCloseTo(20, 3);
  });

  it('is not known while the samples could mean anything', () => {
    expect(driftOf(samplesOf(5, 20, () => ({ uncertainty: second })))).toEqual({ ppm: null, within: null, samples: 5 });
  });

  it("leaves out what was before the server's clock stepped", () => {
    const stepped = samplesOf(10, 20, (index) => (index < 5 ? { epoch: 0, serverTime: 0 } : {}));
    expect(driftOf(stepped)).toMatchObject({ ppm: expect.closeTo(20, 6), samples: 5 });
  });
});
