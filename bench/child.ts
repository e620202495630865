import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export interface Usage {
  readonly cpuMicros: number;
  readonly rss: number;
}

/** A measured server in a process of its own. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** `profileDirectory`: where its CPU profile goes when it stops, for Chromium's or Node's tools. */
  static async start(kind: string, argument: string, profileDirectory?: string): Promise<ServerProcess> {
    const child = fork(new URL('./servers.ts', import.meta.url), [kind, argument], {
      // As bin/sealpost has it.
      execArgv: [
        '--max-semi-space-size=4',
        '--disable-warning=ExperimentalWarning',
        ...(profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`]),
      ],
    });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new ServerProcess(child, port);
  }

  async usage(): Promise<Usage> {
    this.#child.send('usage');
    const [usage] = (await once(this.#child, 'message')) as [Usage];
    return usage;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
