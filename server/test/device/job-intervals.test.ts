import { create } from '@bufbuild/protobuf';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { DeviceSettingsSchema } from '#gen/handshake_pb.js';
import { adoptSettings, defaultIntervals } from '../../src/device/job-intervals.ts';
import { day, durationOf, minute, second } from '../../src/time.ts';

describe('the intervals of the jobs', () => {
  it('are 10 s, 1 s and 60 s unless told', () => {
    expect(adoptSettings(defaultIntervals, undefined)).toEqual({
      sample: 10 * second,
      localTime: second,
      ntp: 60 * second,
    });
  });

  it('are what the settings say, and stay where they say nothing', () => {
    const settings = create(DeviceSettingsSchema, { localTimeInterval: durationOf(minute) });
    const adopted = adoptSettings(defaultIntervals, settings);
    expect(adopted).toEqual({ sample: 10 * second, localTime: minute, ntp: 60 * second });
    expect(adoptSettings(adopted, create(DeviceSettingsSchema))).toEqual(adopted);
  });

  it('are never under a second or over a day', () => {
    const settings = create(DeviceSettingsSchema, {
      sampleInterval: durationOf(0),
      localTimeInterval: durationOf(-minute),
      ntpInterval: durationOf(2 * day),
    });
    expect(adoptSettings(defaultIntervals, settings)).toEqual({ sample: second, localTime: second, ntp: day });
  });

  it('stay when the settings make no sense', () => {
    const settings = create(DeviceSettingsSchema, {
      sampleInterval: create(DurationSchema, { seconds: 2n ** 62n, nanos: 5 }),
    });
    expect(adoptSettings(defaultIntervals, settings)).toEqual(defaultIntervals);
  });
});
