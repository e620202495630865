import { figure, goalsOf } from './goals.ts';
import type { Curves, Machine, Results, TableRow } from './results.ts';

/** A table as text, for the terminal and for Markdown alike. */
export interface TextTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const megabytes = (bytes: number) => figure(bytes / 1e6);
const milliseconds = (value: number) => (value < 0.1 ? value.toFixed(3) : figure(value));
const orDash = (value: number | null) => (value === null ? '–' : figure(value));

export function mainTable(rows: readonly TableRow[]): TextTable {
  return {
    title: 'All in one run',
    header: [
      'what',
      'requests/s',
      'to node:http',
      'readings/s',
      'p50 ms',
      'p99 ms',
      'CPU µs',
      'memory MB',
      'bytes a reading',
      'bytes of first contact',
      'generator',
    ],
    rows: rows.map((row) => [
      row.name,
      figure(Math.round(row.requestsPerSecond)),
      row.ratio.toFixed(3),
      row.readingsPerRequest === 0 ? '–' : figure(Math.round(row.requestsPerSecond * row.readingsPerRequest)),
      milliseconds(row.p50Milliseconds),
      milliseconds(row.p99Milliseconds),
      figure(row.cpuMicrosPerRequest),
      megabytes(row.memory),
      orDash(row.bytesPerReading && Math.round(row.bytesPerReading)),
      orDash(row.firstContactBytes),
      `${Math.round(row.generatorShare * 100)} %`,
    ]),
  };
}

export function keepsTable(rows: readonly TableRow[]): TextTable {
  return {
    title: 'What an answer stands for',
    header: ['what', 'an answer stands for'],
    rows: rows.map(({ name, keeps }) => [name, keeps]),
  };
}

export function goalsTable(results: Pick<Results, 'table' | 'curves'>): TextTable {
  return {
    title: 'What we hold ourselves to',
    header: ['what', 'goal', 'measured', ''],
    rows: goalsOf(results).map(({ what, goal, measured, reached }) => [
      what,
      goal,
      measured ?? 'not measured',
      measured === null ? '' : reached ? 'reached' : 'not reached',
    ]),
  };
}

export function curveTables(curves: Curves): TextTable[] {
  const tables: TextTable[] = [];
  const add = <T>(points: readonly T[] | undefined, title: string, columns: Record<string, (point: T) => string>) => {
    if (!points || points.length === 0) return;
    const header = Object.keys(columns);
    tables.push({ title, header, rows: points.map((point) => header.map((name) => columns[name]?.(point) ?? '')) });
  };
  add(curves.sessions, 'Sessions', {
    sessions: ({ sessions }) => figure(sessions),
    'uploads/s, each of the next session': ({ uploadsPerSecond }) => figure(Math.round(uploadsPerSecond)),
    'resident memory, MB': ({ memory }) => megabytes(memory),
    'bytes a session': ({ sessions, bytesPerSession }) => (sessions < 1000 ? '–' : figure(bytesPerSession)),
  });
  add(curves.stores, 'Readings in the store', {
    readings: ({ readings }) => figure(readings),
    'file, MB': ({ fileBytes }) => megabytes(fileBytes),
    'bytes a reading': ({ fileBytes, readings }) => figure(fileBytes / readings),
    'stored, readings/s': ({ fillReadingsPerSecond }) => figure(Math.round(fillReadingsPerSecond)),
    'GET /sensor, ms': ({ sensorMilliseconds }) => milliseconds(sensorMilliseconds),
    'of one device, ms': ({ sensorOfDeviceMilliseconds }) => milliseconds(sensorOfDeviceMilliseconds),
  });
  add(curves.diskWrites, 'Bytes written to disk, uploads of one reading', {
    devices: ({ devices }) => figure(devices),
    readings: ({ readings }) => figure(readings),
    'written, bytes a reading': ({ writtenBytes, readings }) => figure(writtenBytes / readings),
    'file, bytes a reading': ({ fileBytes, readings }) => figure(fileBytes / readings),
  });
  add(curves.restarts, 'After a restart', {
    'connections at once': ({ connections }) => figure(connections),
    handshakes: ({ handshakes }) => figure(handshakes),
    seconds: ({ seconds }) => figure(seconds),
    'CPU s': ({ cpuSeconds }) => figure(cpuSeconds),
    'p99 of other calls, ms': ({ othersP99Milliseconds }) => milliseconds(othersP99Milliseconds),
  });
  add(curves.pace && [curves.pace], 'At half of the peak', {
    'peak, uploads/s': ({ peakPerSecond }) => figure(Math.round(peakPerSecond)),
    'paced, uploads/s': ({ uploadsPerSecond }) => figure(Math.round(uploadsPerSecond)),
    'p50 ms': ({ p50Milliseconds }) => milliseconds(p50Milliseconds),
    'p99 ms': ({ p99Milliseconds }) => milliseconds(p99Milliseconds),
  });
  add(curves.slowDisk && [curves.slowDisk], 'On a disk that takes 20 ms to sync', {
    connections: ({ connections }) => figure(connections),
    'uploads/s': ({ uploadsPerSecond }) => figure(Math.round(uploadsPerSecond)),
    'p99 ms': ({ p99Milliseconds }) => milliseconds(p99Milliseconds),
    'p99 of other calls, ms': ({ othersP99Milliseconds }) => milliseconds(othersP99Milliseconds),
    'uploads/s on the disk as it is': ({ fastUploadsPerSecond }) => figure(Math.round(fastUploadsPerSecond)),
  });
  add(curves.workers, 'Workers', {
    workers: ({ workers }) => figure(workers),
    'uploads/s': ({ uploadsPerSecond }) => figure(Math.round(uploadsPerSecond)),
    'CPU µs an upload': ({ cpuMicrosPerUpload }) => figure(cpuMicrosPerUpload),
  });
  add(curves.readers, 'Beside readers who never rest', {
    readers: ({ readers }) => readers,
    'uploads/s': ({ uploadsPerSecond }) => figure(Math.round(uploadsPerSecond)),
    'to none reading': ({ ratio }) => ratio.toFixed(2),
    'pages/s': ({ listsPerSecond }) => figure(listsPerSecond),
    'aggregates/s': ({ aggregatesPerSecond }) => figure(aggregatesPerSecond),
    'watched, MB/s': ({ watchedBytesPerSecond }) => figure(watchedBytesPerSecond / 1e6),
  });
  return tables;
}

export function machineSentence(machine: Machine): string {
  const { date, processor, cores, memoryBytes, kernel, node, loadBefore, pinned } = machine;
  const shared = pinned
    ? 'The measured server was kept to one core, the load generator to the others'
    : 'Nothing was pinned';
  const busy =
    loadBefore < 0.5 ? 'the machine did nothing else' : `others used the machine: load ${figure(loadBefore)}`;
  const system = `${cores} cores, ${figure(Math.round(memoryBytes / 2 ** 30))} GB, Linux ${kernel}, Node.js ${node}`;
  return `${date}, ${processor}, ${system}. ${shared}; ${busy}.`;
}

/** For a terminal: columns as wide as their widest cell. */
export function toText({ title, header, rows }: TextTable): string {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        isNumber(rows, column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [title, '', line(header), ...rows.map(line), ''].join('\n');
}

export function toMarkdown({ header, rows }: TextTable): string {
  const rule = header.map((_name, column) => (isNumber(rows, column) ? '---:' : '---'));
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Whether a column holds figures only: they stand at the right. */
function isNumber(rows: readonly (readonly string[])[], column: number): boolean {
  return rows.length > 0 && rows.every((row) => /^(?:[\d.,]+(?: %)?|–)$/.test(row[column] ?? ''));
}
