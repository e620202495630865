import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { file_sealpost_v1_clock as clock } from '#gen/clock_pb.js';
import { file_sealpost_v1_device_service as deviceService } from '#gen/device_service_pb.js';
import { file_sealpost_v1_handshake as handshake } from '#gen/handshake_pb.js';
import { file_sealpost_v1_reading as reading } from '#gen/reading_pb.js';
import { file_sealpost_v1_record as record } from '#gen/record_pb.js';
import { greatestBodyBytes, intervalRange } from '../../src/config.ts';
import { leastSealedBytes } from '../../src/crypto/aead.ts';
import { greatestCounter } from '../../src/crypto/record.ts';
import { greatestBatch } from '../../src/readings/batch.ts';
import { ranges } from '../../src/readings/sensor-ranges.ts';
import { HandshakeLimiter } from '../../src/session/handshake-limiter.ts';
import { handshakeBytes } from '../../src/session/hello.ts';
import { windowBits } from '../../src/session/replay-window.ts';
import { sessionLifetime } from '../../src/session/session.ts';
import { second } from '../../src/time.ts';
import { newSession, tableWith } from '../session/new-session.ts';
import { numberedSections, readDocument, tableUnder } from './markdown.ts';

const sections = numberedSections(readDocument('docs/protocol-v1.md'));
const files = [clock, deviceService, handshake, reading, record];
const messages = files.flatMap((file) => file.messages);
const fieldTable = '| number | name | type |';

/** The rows of each message's field table: what the paragraph in front of a table names first is the message. */
function documentedFields(): ReadonlyMap<string, readonly string[]> {
  const tables = [4, 5, 6].flatMap((number) => {
    const paragraphs = (sections.get(number) ?? '').split(/\n\n+/);
    return paragraphs.flatMap((paragraph, index) => {
      const name = /`(\w+)`/.exec(paragraphs[index - 1] ?? '')?.[1];
      if (!paragraph.startsWith(fieldTable) || name === undefined) return [];
      const rows = tableUnder(paragraph, 'number').map(([at, field, type]) => `${at} ${field} ${type}`);
      return [[name, rows] as const];
    });
  });
  return new Map(tables);
}

function typeOf(field: DescField): string {
  if (field.fieldKind === 'list') return `repeated ${field.message?.name}`;
  return field.message?.name ?? field.enum?.name ?? ScalarType[field.scalar ?? 0]?.toLowerCase() ?? '';
}

const rowsOf = ({ fields }: DescMessage) => fields.map((field) => `${field.number} \`${field.name}\` ${typeOf(field)}`);

/** Each has one field: `record`, in words in section 5. */
const wrappers = ['SensorUploadRequest', 'SensorUploadResponse', 'TimeSyncRequest', 'TimeSyncResponse'];

describe('the protocol document', () => {
  it('has a table for every message, with the fields, numbers and types of the schema', () => {
    const tabled = messages.filter(({ name }) => !wrappers.includes(name));
    expect(Object.fromEntries(documentedFields())).toEqual(
      Object.fromEntries(tabled.map((message) => [message.name, rowsOf(message)])),
    );
    const wrapped = messages.filter(({ name }) => wrappers.includes(name)).map(rowsOf);
    expect(wrapped).toEqual(wrappers.map(() => ['1 `record` SealedRecord']));
    for (const name of wrappers) expect(sections.get(5)).toContain(`\`${name}\``);
  });

  it('names every value of every enum with its number', () => {
    const values = files.flatMap((file) => file.enums).flatMap((message) => message.values);
    const text = (sections.get(6) ?? '').replaceAll('\n', ' ');
    expect(values.filter(({ number, name }) => !text.includes(`${number} \`${name}\``))).toEqual([]);
    expect(values.length).toBeGreaterThan(0);
  });

  it('gives the bounds that the server checks sensors by', () => {
    const text = sections.get(6) ?? '';
    const bounds = Object.values(ranges).flatMap((sensor) => Object.values(sensor));
    const words = bounds.map(([least, most]) => `${least.toLocaleString('en-US')} to ${most.toLocaleString('en-US')}`);
    expect(words.filter((range) => !text.includes(range))).toEqual([]);
  });

  it('gives the numbers that the server works with', () => {
    const count = (value: number) => value.toLocaleString('en-US');
    const limiter = new HandshakeLimiter({ monotonic: () => 0 });
    let burst = 0;
    while (limiter.take('greenhouse') === 0) burst += 1;
    expect(limiter.take('greenhouse')).toBe(1);
    const { table } = tableWith();
    for (let id = 1n; id <= 9n; id += 1n) table.create(id, newSession(id));

    expect(Object.fromEntries(tableUnder(sections.get(12) ?? '', 'what'))).toEqual({
      'handshake message, least': `${handshakeBytes.least} bytes`,
      'handshake message, most': `${handshakeBytes.most} bytes`,
      'session lifetime': `${count(sessionLifetime / second)} s`,
      'sessions of a device': `${table.size}`,
      'handshakes of a device': `1 a second, ${burst} in a burst`,
      'sealed record, least': `${leastSealedBytes} bytes`,
      'counter, greatest': count(greatestCounter),
      'replay window': `${windowBits} counters`,
      'readings in a batch, most': `${greatestBatch}`,
      'request body, most': `${count(greatestBodyBytes)} bytes`,
      'interval, least': `${intervalRange.least / second} s`,
      'interval, most': `${count(intervalRange.most / second)} s`,
    });
  });
});
