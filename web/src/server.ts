import { Code, ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { DeviceAdminService } from '#gen/device_admin_service_pb.js';
import { ReadingService } from '#gen/reading_service_pb.js';
import { hearServerTime } from './time.ts';
import { sentence } from './words.ts';

const hearTime: Interceptor = (next) => async (request) => {
  const response = await next(request);
  hearServerTime(response.header.get('date'));
  return response;
};

const transport = createConnectTransport({
  baseUrl: location.origin,
  useBinaryFormat: true,
  defaultTimeoutMs: 20_000,
  interceptors: [hearTime],
});

export const readings = createClient(ReadingService, transport);
export const deviceAdmin = createClient(DeviceAdminService, transport);

/** What a call came to that did not succeed, as far as the page goes on differently. */
export type Trouble =
  /** Nobody answered, or only to say that it can't be now. */
  | 'away'
  /** Who asks has to sign in, or may not do this. */
  | 'not signed in'
  | 'not allowed'
  /** Anything else; the message says what. */
  | 'refused';

export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof ConnectError)) return 'away';
  switch (error.code) {
    case Code.Unauthenticated:
      return 'not signed in';
    case Code.PermissionDenied:
      return 'not allowed';
    // fetch's own failures, a proxy's answers, and a server that stops.
    case Code.Unavailable:
    case Code.Unknown:
    case Code.Internal:
    case Code.DeadlineExceeded:
    case Code.Canceled:
    case Code.Aborted:
    case Code.ResourceExhausted:
      return 'away';
    default:
      return 'refused';
  }
}

/** What to tell somebody whose act failed. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ConnectError && troubleOf(error) !== 'away') return sentence(error.rawMessage);
  return 'The server does not answer. Nothing is known to have changed; try again when it does.';
}
