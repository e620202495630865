import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cores, findCores, pinGenerator } from './cores.ts';

/** What every measurement of one run shares. */
export class BenchRun {
  readonly cores: Cores | null = findCores();
  readonly #directory = mkdtempSync(join(tmpdir(), 'sealpost-bench-'));
  readonly #began = performance.now();

  constructor() {
    process.once('exit', () => rmSync(this.#directory, { recursive: true, force: true }));
    pinGenerator(this.cores);
  }

  /** The core that a measured server has to itself; null: any. */
  get serverCore(): string | null {
    return this.cores?.server ?? null;
  }

  /** An empty directory, which goes when the run ends, or with `removeDirectory`. */
  directory(name: string): string {
    const path = join(this.#directory, name);
    mkdirSync(path, { mode: 0o700 });
    return path;
  }

  removeDirectory(path: string): void {
    rmSync(path, { recursive: true, force: true });
  }

  /** Says on the standard error what is being measured: a run takes minutes. */
  progress = (sentence: string): void => {
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(0).padStart(4);
    process.stderr.write(`${seconds} s  ${sentence}\n`);
  };
}
