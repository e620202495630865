import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DeviceIdentity } from '../device/handshake.ts';

/** What a device is seen to do, whatever it is made of. */
export type Happening =
  | { readonly type: 'handshake' }
  | { readonly type: 'uploaded'; readonly readings: number }
  | { readonly type: 'trouble'; readonly text: string };

export interface VirtualEsp32Options {
  /** The program that `npm run firmware:linux` builds. */
  readonly program: string;
  readonly server: string;
  /** Where its key and its flash are. */
  readonly directory: string;
  readonly sampleIntervalSeconds: number;
  readonly onHappening: (happening: Happening) => void;
}

/** The firmware as a process on this machine, until `signal` aborts. It has ended when this resolves. */
export async function runVirtualEsp32(
  { deviceId, deviceKey }: DeviceIdentity,
  { program, server, directory, sampleIntervalSeconds, onHappening }: VirtualEsp32Options,
  signal: AbortSignal,
): Promise<void> {
  const keyFile = join(directory, `${deviceId}.key`);
  writeKeyFile(keyFile, deviceKey);
  const args = ['--server', server, '--device', deviceId, '--key-file', keyFile];
  const rest = ['--flash', join(directory, `${deviceId}.flash`), '--sample-interval', String(sampleIntervalSeconds)];
  const child = spawn(program, [...args, ...rest], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      const happening = happeningIn(line);
      if (happening) onHappening(happening);
    });
  }
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const end = await endOf(child);
  signal.removeEventListener('abort', stop);
  if (end !== undefined) onHappening({ type: 'trouble', text: end });
}

/** What a line of its log tells; most lines are for whoever watches the device alone. */
function happeningIn(line: string): Happening | undefined {
  const said = line.replace(/^[\d:]{8} {2}/, '');
  const uploaded = /^uploaded (\d+) /.exec(said);
  if (uploaded) return { type: 'uploaded', readings: Number(uploaded[1]) };
  if (said === 'shook hands with the server') return { type: 'handshake' };
  const trouble = /^(?:warning|error|virtual-esp32): (.*)/.exec(said)?.[1];
  return trouble === undefined ? undefined : { type: 'trouble', text: trouble };
}

/** Nothing when it ended as it was asked to. */
function endOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.on('error', ({ message }) => resolve(`could not be started: ${message}`));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(signal === null ? `ended with status ${code}` : `was ended by ${signal}`);
    });
  });
}

/** Made anew, so that its mode is ours whatever was there. */
function writeKeyFile(path: string, key: Buffer): void {
  rmSync(path, { force: true });
  const text = Buffer.from(`${key.toString('base64')}\n`);
  writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  text.fill(0);
}
