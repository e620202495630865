import { describe, expect, it } from 'vitest';
import { invalidField } from '../../src/errors.ts';
import { checkDeviceId, isDeviceId } from '../../src/session/device-id.ts';

describe('a device id', () => {
  it.each(['a', 'garden', 'esp32-s2', 'a-', 'z9', `a${'0'.repeat(31)}`])('may be %s', (text) => {
    expect(isDeviceId(text)).toBe(true);
    expect(checkDeviceId(text)).toBeUndefined();
  });

  it.each([
    ['empty', ''],
    ['33 characters long', `a${'0'.repeat(32)}`],
    ['begun with a digit', '1garden'],
    ['begun with a hyphen', '-garden'],
    ['in capitals', 'Garden'],
    ['more than ASCII', 'gärten'],
    ['of two lines', 'garden\n'],
    ['a path', '../garden'],
    ['ended by a zero byte', 'garden\0'],
  ])('is never %s, and the refusal does not repeat it', (_, text) => {
    expect(isDeviceId(text)).toBe(false);
    expect(() => checkDeviceId(text)).toThrow(
      invalidField('device_id', '1 to 32 characters: a lower-case letter, then lower-case letters, digits and hyphens'),
    );
  });
});
