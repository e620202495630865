import { invalidField } from '../errors.ts';

export const deviceIdPattern = /^[a-z][a-z0-9-]{0,31}$/;

/** docs/protocol-v1.md, section 3. */
export function isDeviceId(text: string): boolean {
  return deviceIdPattern.test(text);
}

export const deviceIdRule = '1 to 32 characters: a lower-case letter, then lower-case letters, digits and hyphens';

/** Throws `invalid_argument` for what can't be a device id, so that nothing else ever reaches the store or a log. */
export function checkDeviceId(text: string): void {
  if (!isDeviceId(text)) throw invalidField('device_id', deviceIdRule);
}
