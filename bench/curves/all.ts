import type { BenchRun } from '../bench-run.ts';
import type { Curves } from '../results.ts';
import type { CurveOptions } from './curve.ts';
import { measureDiskWrites } from './disk-writes.ts';
import { measurePace } from './pace.ts';
import { measureReaders } from './readers.ts';
import { measureRestarts } from './restart.ts';
import { measureSessions } from './sessions.ts';
import { measureSlowDisk } from './slow-disk.ts';
import { measureStores } from './stores.ts';
import { measureWorkers } from './workers.ts';

type Measured = { readonly [Name in keyof Curves]-?: (options: CurveOptions) => Promise<Curves[Name] | null> };

const measurements: Measured = {
  sessions: measureSessions,
  stores: measureStores,
  diskWrites: measureDiskWrites,
  restarts: measureRestarts,
  pace: measurePace,
  slowDisk: measureSlowDisk,
  workers: measureWorkers,
  readers: measureReaders,
};

export const curveNames = Object.keys(measurements) as readonly (keyof Curves)[];

/** `divisor`: makes large sizes smaller by so much, for a trial. What can't be measured here is left out. */
export async function measureCurves(run: BenchRun, names: readonly string[], divisor: number): Promise<Curves> {
  const options: CurveOptions = { run, scaled: (size) => Math.max(1, Math.round(size / divisor)) };
  const entries: [string, unknown][] = [];
  for (const name of curveNames) {
    if (!names.includes(name)) continue;
    const measured = await measurements[name](options);
    if (measured !== null) entries.push([name, measured]);
    else run.progress(`${name}: not measured, what it needs is not here`);
  }
  return Object.fromEntries(entries) as Curves;
}
