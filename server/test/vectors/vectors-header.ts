import type { ProtocolVectors } from './protocol-vectors.ts';

/** The vectors as C++: the initializers of the tables that firmware's sealpost/crypto/selftest_vectors.hpp describes. */
export function vectorsHeader({ handshakes, refusedMessages2, records, refusedRecords }: ProtocolVectors): string {
  const arrays: string[] = [];
  /** Declares an array and gives its name, for bytes of which a table has a view. */
  const array = (name: string, bytes: Buffer): string => {
    if (bytes.length === 0) return '{}';
    arrays.push(`inline constexpr std::array<std::uint8_t, ${bytes.length}> ${name}{\n${byteLines(bytes)}};\n`);
    return name;
  };
  const table = (type: string, name: string, rows: readonly (readonly string[])[]): string => {
    const lines = rows.map((row) => `    {${row.join(', ')}},\n`).join('');
    return `inline constexpr std::array<${type}, ${rows.length}> ${name}{{\n${lines}}};\n`;
  };
  const place = (vector: ProtocolVectors['records'][number] | ProtocolVectors['refusedRecords'][number]) => [
    `direction::${vector.direction}`,
    `method::${vector.method === 'TimeSync' ? 'time_sync' : 'sensor_upload'}`,
    `0x${vector.sessionId.toString(16)}`,
    `${vector.counter}U`,
  ];
  const tables = [
    table(
      'handshake_vector',
      'handshakes',
      handshakes.map((vector, index) => [
        text(`handshake: ${vector.name}`),
        ...[vector.psk, vector.initiatorEphemeral, vector.handshakeHash, vector.toServer, vector.toDevice].map(key),
        array(`prologue_${index}`, vector.prologue),
        array(`payload_1_${index}`, vector.payload1),
        array(`message_1_${index}`, vector.message1),
        array(`payload_2_${index}`, vector.payload2),
        array(`message_2_${index}`, vector.message2),
      ]),
    ),
    table(
      'refused_message_vector',
      'refused_messages_2',
      refusedMessages2.map(({ name, message2, status }, index) => [
        text(`refused message 2: ${name}`),
        array(`refused_message_2_${index}`, message2),
        `status::${status}`,
      ]),
    ),
    table(
      'record_vector',
      'records',
      records.map((vector, index) => [
        text(`record: ${vector.name}`),
        ...place(vector),
        `${vector.plaintextSize}`,
        array(`record_end_${index}`, vector.end),
      ]),
    ),
    table(
      'refused_record_vector',
      'refused_records',
      refusedRecords.map((vector, index) => [
        text(`refused record: ${vector.name}`),
        ...place(vector),
        array(`refused_record_${index}`, vector.sealed),
        `status::${vector.status}`,
      ]),
    ),
  ];
  return `// What vectors.json says, for the firmware. Made by \`npm run generate\`; never edited.
#pragma once

#include "sealpost/crypto/selftest_vectors.hpp"

namespace sealpost::vectors {

${[...arrays, ...tables].join('\n')}
}  // namespace sealpost::vectors
`;
}

const text = (value: string) => JSON.stringify(value);

const byteList = (bytes: Buffer) => Array.from(bytes, (byte) => `0x${byte.toString(16).padStart(2, '0')}`);

const key = (bytes: Buffer) => `{${byteList(bytes).join(', ')}}`;

/** 16 bytes a line. */
function byteLines(bytes: Buffer): string {
  const list = byteList(bytes);
  const starts = Array.from({ length: Math.ceil(list.length / 16) }, (_, line) => line * 16);
  return starts.map((start) => `    ${list.slice(start, start + 16).join(', ')},\n`).join('');
}
