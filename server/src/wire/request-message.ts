import type { DescMessage } from '@bufbuild/protobuf';
import { invalidField, SealpostError } from '../errors.ts';
import { decodeBinary, decodeJson } from './decode.ts';

const contentType = /^application\/(?:(connect|grpc|grpc-web)(?:\+|(?=;|$)))?(proto|json)?\s*(?:;|$)/i;
const envelopeHead = 5;

/**
 * Throws `invalid_argument`, without a value, for a body that holds no message of this kind, and `unimplemented` for a
 * compressed one. Connect's library, which decodes it again, would call some of these `internal` and show values of
 * others.
 *
 * A body is the message itself in Connect's unary calls; everywhere else there is one byte of flags and four of the
 * length in front of it (connectrpc.com/docs/protocol, "Enveloped-Message"; gRPC's "Length-Prefixed-Message").
 */
export function checkBody(schema: DescMessage, type: string | undefined, body: Buffer): void {
  const [, enveloped, format = 'proto'] = contentType.exec(type ?? '') ?? [];
  checkMessage(schema, format.toLowerCase() === 'json', enveloped === undefined ? body : insideEnvelope(body));
}

/** The same for Connect's GET, whose message is in the URL (connectrpc.com/docs/protocol, "Unary-Get-Request"). */
export function checkQuery(schema: DescMessage, url: string): void {
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  if ((query.get('compression') ?? 'identity') !== 'identity') throw compressed();
  const message = query.get('message') ?? '';
  const bytes = Buffer.from(message, query.get('base64') === '1' ? 'base64url' : 'utf8');
  checkMessage(schema, query.get('encoding') === 'json', bytes);
}

function insideEnvelope(body: Buffer): Buffer {
  if (body.length < envelopeHead || body.length !== envelopeHead + body.readUInt32BE(1)) {
    throw invalidField('body', 'one message in an envelope of its length');
  }
  if (body[0] !== 0) throw compressed();
  return body.subarray(envelopeHead);
}

function checkMessage(schema: DescMessage, json: boolean, bytes: Buffer): void {
  if (json) decodeJson(schema, bytes);
  else decodeBinary(schema, bytes);
}

/** What nobody here decompresses. */
export function compressed(): SealpostError {
  return new SealpostError('unimplemented', 'message: expected it uncompressed', { reason: 'compressed message' });
}
