import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  buildDate,
  defaultConfig,
  greatestBodyBytes,
  intervalRange,
  keepAliveMilliseconds,
  version,
} from '../src/config.ts';
import { earliestTime } from '../src/readings/clock-model.ts';
import { day, hour, type Micros, minute, second } from '../src/time.ts';

const withSettings = (sampleInterval: Micros, localTimeInterval: Micros, ntpInterval: Micros) => ({
  ...defaultConfig,
  settings: { sampleInterval, localTimeInterval, ntpInterval },
});

describe('the configuration', () => {
  it('asks devices for a reading each 10 s, a clock report each second and NTP each minute', () => {
    expect(defaultConfig.settings).toEqual({
      sampleInterval: 10 * second,
      localTimeInterval: second,
      ntpInterval: minute,
    });
    expect(intervalRange).toEqual({ least: second, most: day });
  });

  it('lets nobody read from another machine, and bounds all that a stranger can make grow', () => {
    const { settings: _, ...rest } = defaultConfig;
    expect(rest).toEqual({
      openReads: false,
      allowedHosts: [],
      tls: false,
      maxSessions: 200_000,
      maxQueuedAppends: 10_000,
      maxConnections: 10_000,
    });
    expect(greatestBodyBytes).toBe(65_536);
  });

  it('keeps connections alive for longer than the longest interval, an hour at most', () => {
    expect(keepAliveMilliseconds(defaultConfig)).toBe(75_000);
    expect(keepAliveMilliseconds(withSettings(5 * minute, second, minute))).toBe(315_000);
    expect(keepAliveMilliseconds(withSettings(second, 6 * minute, minute))).toBe(375_000);
    expect(keepAliveMilliseconds(withSettings(day, second, hour))).toBe(3_615_000);
  });

  it('has the version of the package', () => {
    const { version: published } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(version).toBe(published);
  });

  it('knows a date of its own that is not in the future, nor before the project', () => {
    expect(buildDate).toBeLessThanOrEqual(Date.now() * 1000);
    expect(buildDate).toBeGreaterThan(earliestTime);
  });
});
