import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from '../cli/process.ts';

const build = resolve(root, process.env.SEALPOST_FIRMWARE_BUILD ?? 'firmware/build/tests');

/** A program of the firmware's test build, which `npm test` makes before these tests run. */
export function firmwareProgram(path: string): string {
  const program = join(build, path);
  if (!existsSync(program)) throw new Error(`${program} is not built: run 'npm test', or build the firmware's tests`);
  return program;
}
