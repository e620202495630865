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
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
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
    const known = error instanceof Error && isFieldError(error.cause) ? error.cause.field() : undefined;
    const field = known ?? firstWrongField(schema, json);
    if (field?.kind === 'field') throw invalidField(`${field.parent.name}.${field.name}`, expectedJson(field));
    throw invalidField('body', `a ${schema.typeName} in JSON`);
  }
}

const timeTypes: readonly (string | undefined)[] = [TimestampSchema.typeName, DurationSchema.typeName];

/** The library does not say in which field a time, a duration or a name of an enum is wrong. */
function firstWrongField(schema: DescMessage, json: JsonValue): DescField | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  return schema.fields.find(({ enum: names, message, jsonName, name }) => {
    const value = json[jsonName] ?? json[name];
    if (value === undefined || !(names || timeTypes.includes(message?.typeName))) return false;
    try {
      fromJson(schema, { [name]: value });
      return false;
    } catch {
      return true;
    }
  });
}

function expectedJson(field: DescField): string {
  if (field.message?.typeName === TimestampSchema.typeName) return 'a time such as "2026-11-22T12:00:00Z"';
  if (field.message?.typeName === DurationSchema.typeName) return 'seconds such as "60s"';
  if (field.message) return `an object, a ${field.message.typeName}`;
  if (field.enum) return `a name of ${field.enum.typeName}`;
  if (field.scalar === ScalarType.BYTES) return 'bytes as a base64 string';
  if (field.scalar === ScalarType.STRING) return 'a string';
  if (field.scalar === ScalarType.BOOL) return 'true or false';
  if (field.scalar === ScalarType.UINT32) return 'a whole number, not negative';
  return 'an unsigned 64-bit number as a decimal string';
}
