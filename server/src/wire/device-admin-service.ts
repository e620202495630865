import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { FastifyInstance } from 'fastify';
import { DeviceAdminService } from '#gen/device_admin_service_pb.js';
import type { Actor } from '../access/actor.ts';
import type { DeviceAdmin } from '../access/device-admin.ts';
import { OperatorError, SealpostError } from '../errors.ts';
import { checkDeviceId } from '../session/device-id.ts';
import type { BodyReader } from './body.ts';
import { peopleServiceRoutes, remoteAddress } from './people-service.ts';
import { grantKey, type ReaderGuard } from './reader-guard.ts';
import type { RefusalLog } from './refusal-log.ts';

export interface DeviceAdminServiceOptions {
  readonly admin: DeviceAdmin;
  readonly randomBytes: (size: number) => Buffer;
  readonly guard: Pick<ReaderGuard, 'admin'>;
  readonly refusals: RefusalLog;
  readonly bodies: BodyReader;
}

/** DeviceAdminService, for admins. The guard says `no-store` of every answer: some have a key in them. */
export async function deviceAdminServiceRoutes(
  app: FastifyInstance,
  { admin, randomBytes, guard, refusals, bodies }: DeviceAdminServiceOptions,
): Promise<void> {
  const calls = deviceAdminCalls(admin, randomBytes);
  await peopleServiceRoutes(app, { service: DeviceAdminService, calls, guard: guard.admin, refusals, bodies });
}

function deviceAdminCalls(
  admin: DeviceAdmin,
  randomBytes: (size: number) => Buffer,
): ServiceImpl<typeof DeviceAdminService> {
  return {
    async addDevice({ deviceId }, context) {
      checkDeviceId(deviceId);
      const key = randomBytes(32);
      await told('already_exists', 'this device id is taken: choose another one, or rotate its key', () =>
        admin.add(deviceId, key, actorOf(context)),
      );
      return { key };
    },

    async rotateDeviceKey({ deviceId, atOnce }, context) {
      checkDeviceId(deviceId);
      const key = randomBytes(32);
      await told('not_found', 'there is no such device', () => admin.rotate(deviceId, key, atOnce, actorOf(context)));
      return { key };
    },

    async revokeDevice({ deviceId }, context) {
      checkDeviceId(deviceId);
      await told('not_found', 'there is no such device', () => admin.revoke(deviceId, actorOf(context)));
      return {};
    },
  };
}

function actorOf({ values }: HandlerContext): Actor {
  const grant = values.get(grantKey);
  // The guard has seen to it; what it has not seen does nothing.
  if (grant?.role !== 'admin') throw new Error('a call of admins has no guard');
  return { actor: grant.tokenName ?? null, remoteAddress: values.get(remoteAddress) };
}

/** What the operator would read on the command line, as a code for whoever calls. */
async function told(code: 'already_exists' | 'not_found', message: string, change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (error) {
    throw error instanceof OperatorError ? new SealpostError(code, message, { reason: error.message }) : error;
  }
}
