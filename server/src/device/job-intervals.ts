import type { DeviceSettings } from '#gen/handshake_pb.js';
import { day, type Micros, microsOfDuration, minute, second } from '../time.ts';

/** How often a device's three jobs run. */
export interface JobIntervals {
  readonly sample: Micros;
  readonly localTime: Micros;
  readonly ntp: Micros;
}

export const defaultIntervals: JobIntervals = { sample: 10 * second, localTime: second, ntp: minute };

/** What the server asks for, each within 1 s … 1 day; what it does not mention stays (docs/protocol-v1.md, section 6). */
export function adoptSettings(current: JobIntervals, settings: DeviceSettings | undefined): JobIntervals {
  return {
    sample: clamp(microsOfDuration(settings?.sampleInterval)) ?? current.sample,
    localTime: clamp(microsOfDuration(settings?.localTimeInterval)) ?? current.localTime,
    ntp: clamp(microsOfDuration(settings?.ntpInterval)) ?? current.ntp,
  };
}

function clamp(interval: Micros | undefined): Micros | undefined {
  return interval === undefined ? undefined : Math.min(Math.max(interval, second), day);
}
