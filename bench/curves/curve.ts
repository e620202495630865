import type { BenchDevice } from '../bench-device.ts';
import type { BenchRun } from '../bench-run.ts';
import { sourcesOf } from '../contender.ts';
import { httpFraming } from '../http.ts';
import type { Line, LineTarget } from '../line.ts';
import type { RequestSource } from '../load.ts';
import type { ServerProcess } from '../server-process.ts';

/** What a curve is measured with. */
export interface CurveOptions {
  readonly run: BenchRun;
  /** Makes large sizes smaller, for a trial. */
  readonly scaled: (size: number) => number;
}

export function httpTarget({ port }: ServerProcess): LineTarget {
  return { port, ...httpFraming };
}

/** Every device on the line with its number shakes hands there. */
export async function shakeHandsEach(devices: readonly BenchDevice[], lines: readonly Line[]): Promise<void> {
  await Promise.all(lines.map((line, index) => devices[index]?.shakeHands(line)));
}

/** So many uploads of one reading for each device, a device a line. */
export function uploadsEach(devices: readonly BenchDevice[], count: number): RequestSource[] {
  return sourcesOf(devices.map((device) => device.uploads(count)));
}

export function closeAll(lines: readonly Line[]): void {
  for (const line of lines) line.close();
}
