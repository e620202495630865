import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { firmwareProgram } from './programs.ts';

/** A program of the firmware's tests (firmware/test/interop) that answers each line with a line. */
export class Peer {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting: { resolve: (line: string) => void; reject: (reason: Error) => void }[] = [];
  #ended: Error | undefined;

  constructor(program: string) {
    this.#process = spawn(firmwareProgram(program), { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface(this.#process.stdout).on('line', (line) => this.#waiting.shift()?.resolve(line));
    const fail = (reason: Error) => {
      this.#ended ??= reason;
      for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
    };
    this.#process.on('error', fail).on('exit', (code) => fail(new Error(`${program} ended with ${code}`)));
    this.#process.stdin.on('error', fail);
  }

  ask(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(`${line}\n`);
    });
  }

  close(): void {
    this.#process.stdin.end();
  }
}
