import type { DiskWritesPoint } from '../results.ts';
import type { CurveOptions } from './curve.ts';
import { fillStore } from './fill.ts';

const readings = 200_000;

/** Bytes that reach the disk for each reading of so many devices, which upload one reading at a time, 64 at once. */
export async function measureDiskWrites({ run, scaled }: CurveOptions): Promise<DiskWritesPoint[]> {
  const points: DiskWritesPoint[] = [];
  for (const devices of [1, 100, Math.max(100, scaled(10_000))]) {
    run.progress(`disk writes of ${devices} devices`);
    const data = run.directory(`writes-${points.length}`);
    const filled = await fillStore(run.serverCore, data, { devices, readings: scaled(readings), perBatch: 1 });
    run.removeDirectory(data);
    points.push({ devices, ...filled });
  }
  return points;
}
