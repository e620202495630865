import { type Device, KeyState } from '#gen/reading_service_pb.js';
import { type Milliseconds, millisecondsOf, minute, second, serverNow } from './time.ts';
import { age } from './words.ts';

/** How a device is doing, by when something last came from it. */
export type Health = 'online' | 'late' | 'silent' | 'new' | 'revoked';

export const healthWords: Readonly<Record<Health, string>> = {
  online: 'online',
  late: 'late',
  silent: 'silent',
  new: 'not seen yet',
  revoked: 'revoked',
};

/** When the newest reading was received, or undefined before the first. */
export function lastContact(device: Device): Milliseconds | undefined {
  return device.lastReceivedTime && millisecondsOf(device.lastReceivedTime);
}

/** Late after three intervals that brought nothing, silent after thirty. */
export function healthOf(device: Device, sampleInterval: Milliseconds): Health {
  if (device.keyState === KeyState.REVOKED) return 'revoked';
  const contact = lastContact(device);
  if (contact === undefined) return 'new';
  const quiet = serverNow() - contact;
  if (quiet <= Math.max(3 * sampleInterval, 30 * second)) return 'online';
  return quiet <= Math.max(30 * sampleInterval, 5 * minute) ? 'late' : 'silent';
}

/** 3 s ago. */
export function contactText(device: Device): string {
  const contact = lastContact(device);
  return contact === undefined ? 'never' : `${age(serverNow() - contact)} ago`;
}
