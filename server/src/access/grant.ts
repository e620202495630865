import { SealpostError } from '../errors.ts';

/** A reader sees readings and devices; an admin also adds devices and looks after their keys. */
export type Role = 'reader' | 'admin';

/** What somebody may do who has asked for something. */
export interface Grant {
  readonly role: Role;
  /** The one device that it is about; absent: all of them. */
  readonly deviceId?: string;
  /** The name of the token behind it; absent for those who read without one. */
  readonly tokenName?: string;
  /**
   * Whether it still holds: false once its token was revoked or has expired, or somebody has logged out. Whoever goes on
   * answering asks at least once a second.
   */
  stillValid(): Promise<boolean>;
}

/** The device that a request is about, within the grant; undefined: all. Throws `permission_denied` for another device. */
export function deviceWithin(grant: Pick<Grant, 'deviceId'>, asked: string | undefined): string | undefined {
  if (grant.deviceId === undefined) return asked;
  if (asked === undefined || asked === grant.deviceId) return grant.deviceId;
  throw new SealpostError('permission_denied', 'this token reads one device only, and this is another', {
    reason: 'token of another device',
  });
}
