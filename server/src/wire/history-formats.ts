import { flatReading, type LatestReading } from '../readers/latest-reading.ts';
import type { StoredReading } from '../store/store.ts';
import { csvRecord } from './csv.ts';

type Steps = AsyncIterable<readonly StoredReading[]>;

/** A way to write a device's history. */
export interface HistoryFormat {
  readonly contentType: string;
  /** What a file of it is called at the end; undefined for what is not to be saved. */
  readonly fileType?: string;
  /** The text of readings that all have a time, piece by piece. */
  text(steps: Steps): AsyncGenerator<string, void, undefined>;
}

/** In the order of a table's columns: when and which first. */
const csvColumns = [
  'collected_at',
  'device',
  'temp_bmp',
  'pressure_bmp',
  'temp_mpu',
  ...(['ax', 'ay', 'az', 'gx', 'gy', 'gz'] as const),
  'temp_sht4',
  'humid_sht4',
  'received_at',
] as const satisfies readonly (keyof LatestReading)[];

const json: HistoryFormat = {
  contentType: 'application/json; charset=utf-8',
  async *text(steps) {
    let before = '[\n';
    for await (const readings of steps) {
      if (readings.length === 0) continue;
      yield before + readings.map((reading) => JSON.stringify(flatReading(reading))).join(',\n');
      before = ',\n';
    }
    yield before === '[\n' ? '[]\n' : '\n]\n';
  },
};

const csv: HistoryFormat = {
  contentType: 'text/csv; charset=utf-8; header=present',
  fileType: 'csv',
  async *text(steps) {
    yield csvRecord(csvColumns);
    for await (const readings of steps) {
      const flat = readings.map(flatReading).filter((reading) => reading !== null);
      yield flat.map((reading) => csvRecord(csvColumns.map((column) => reading[column]))).join('');
    }
  },
};

export const historyFormats: ReadonlyMap<string, HistoryFormat> = new Map([
  ['json', json],
  ['csv', csv],
]);
