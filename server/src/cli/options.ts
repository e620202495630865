import { type Command, InvalidArgumentError, Option } from 'commander';
import { intervalRange } from '../config.ts';
import { deviceIdRule, isDeviceId } from '../session/device-id.ts';
import { second } from '../time.ts';

/** An option with its environment twin: --data is SEALPOST_DATA too. */
export function option(flags: string, description: string): Option {
  const made = new Option(flags, description);
  if (made.required) made.argParser(notEmpty);
  return made.env(`SEALPOST_${made.name().replaceAll('-', '_').toUpperCase()}`);
}

/**
 * Reads the twins of a command's options that take no value. Commander takes them as given whatever they hold, and
 * SEALPOST_OPEN_READS=false must not open anything.
 */
export function readFlagTwins(command: Command): void {
  for (const option of command.options) {
    const { flags, envVar, required } = option;
    const name = option.attributeName();
    if (required || envVar === undefined || command.getOptionValueSource(name) !== 'env') continue;
    const text = process.env[envVar] ?? '';
    if (/^(?:1|true|yes)$/i.test(text)) continue;
    if (!/^(?:0|false|no|)$/i.test(text)) {
      command.error(`error: option '${flags}' value '${text}' from env '${envVar}' is invalid. Expected 1 or 0.`);
    }
    command.setOptionValueWithSource(name, undefined, 'default');
  }
}

export const dataOption = () => option('--data <directory>', 'where the server keeps its data').default('./data');
export const masterKeyFileOption = () =>
  option('--master-key-file <file>', 'the master key, if it is not master.key in the data directory');
export const jsonOption = () => option('--json', 'print JSON, for programs');

/** Where a command finds the store. */
export interface StoreOptions {
  readonly data: string;
  readonly masterKeyFile?: string;
}

/** The parser of what has no other: an empty path would be the current directory. */
function notEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

/** A parser for whole numbers: `--port` and counts. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`Expected a whole number, ${least} to ${most}.`);
    return value;
  };
}

/** A parser for numbers that need not be whole. */
export function decimalNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`Expected a number, ${least} to ${most}.`);
    return value;
  };
}

/** A parser for the devices' intervals: seconds, as a device accepts them. */
export const intervalSeconds = decimalNumber(intervalRange.least / second, intervalRange.most / second);

export function deviceIdArgument(text: string): string {
  if (!isDeviceId(text)) throw new InvalidArgumentError(`A device id is ${deviceIdRule}.`);
  return text;
}

/** The beginning of a device id, with room for a number behind it. */
export function deviceIdPrefix(text: string): string {
  if (!isDeviceId(text) || text.length > 24) {
    throw new InvalidArgumentError(
      'Expected 1 to 24 characters: a lower-case letter, then lower-case letters, digits and hyphens.',
    );
  }
  return text;
}

/** A parser for names of this server, one after another or with commas between them: without a port, in lower case. */
export function hostNames(text: string, earlier: readonly string[] = []): readonly string[] {
  const names = text.toLowerCase().split(',');
  if (!names.every((name) => /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(name))) {
    throw new InvalidArgumentError('Expected names such as sensors.example.org, without http:// and port.');
  }
  return [...earlier, ...names];
}

/** A parser for http and https addresses. */
export function httpUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new InvalidArgumentError('Expected an address such as http://192.168.1.10:8080.');
  }
  return url.href.replace(/\/$/, '');
}
