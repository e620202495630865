import {
  type DescField,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type MessageShape,
  ScalarType,
} from '@bufbuild/protobuf';
import { isFieldError } from '@bufbuild/protobuf/reflect';
import { invalidField, SealpostError } from '../errors.ts';

/** Decodes a body of `application/proto`, or throws `invalid_argument`. */
export function decodeBinary<Desc extends DescMessage>(schema: Desc, body: Uint8Array): MessageShape<Desc> {
  try {
    return fromBinary(schema, body);
  } catch (cause) {
    throw new SealpostError('invalid_argument', `body: expected a ${schema.typeName} in binary Protobuf`, {
      reason: 'malformed body',
      cause,
    });
  }
}

/** Decodes a body of `application/json` in proto3's JSON, or throws `invalid_argument` that names the field, never its value. */
export function decodeJson<Desc extends DescMessage>(schema: Desc, body: Uint8Array): MessageShape<Desc> {
  let json: JsonValue;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw invalidField('body', `a ${schema.typeName} in JSON`);
  }
  try {
    return fromJson(schema, json, { ignoreUnknownFields: true });
  } catch (error) {
    // The library's own sentence has the value in it.
    const field = error instanceof Error && isFieldError(error.cause) ? error.cause.field() : undefined;
    if (field?.kind === 'field') throw invalidField(`${field.parent.name}.${field.name}`, expectedJson(field));
    throw invalidField('body', `a ${schema.typeName} in JSON`);
  }
}

function expectedJson(field: DescField): string {
  if (field.message) return `an object, a ${field.message.typeName}`;
  if (field.scalar === ScalarType.BYTES) return 'bytes as a base64 string';
  if (field.scalar === ScalarType.STRING) return 'a string';
  return 'an unsigned 64-bit number as a decimal string';
}
