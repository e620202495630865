import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newDirectory, Run } from '../cli/process.ts';
import { everyReading } from '../store/every-reading.ts';
import { firmwareProgram } from './programs.ts';

/** Where a virtual ESP32 keeps its flash and its key, over several boots. */
export class VirtualBoard {
  readonly #directory = newDirectory();
  readonly flashFile = join(this.#directory, 'flash');

  readonly #program: string;

  constructor(key: Buffer, program = 'virtual-esp32') {
    this.#program = firmwareProgram(program);
    this.setKey(key);
  }

  setKey(key: Buffer): void {
    writeFileSync(join(this.#directory, 'key'), key.toString('base64'), { mode: 0o600 });
  }

  /** Boots: a run of virtual-esp32 against that server, with a reading every 50 ms unless told. */
  boot(url: string, ...args: string[]): Run {
    const interval = args.includes('--sample-interval') ? [] : ['--sample-interval', '0.05'];
    const place = ['--server', url, '--device', 'greenhouse', '--key-file', join(this.#directory, 'key')];
    return new Run([...place, '--flash', this.flashFile, ...interval, ...args], {
      program: [this.#program],
    });
  }

  /** What its flash holds, as docs/flash-log.md describes it, in order. */
  get log(): LoggedReading[] {
    const flash = readFileSync(this.flashFile);
    const sectors = Array.from({ length: flash.length / sectorSize }, (_, index) =>
      flash.subarray(index * sectorSize, (index + 1) * sectorSize),
    ).filter((sector) => sector.toString('latin1', 0, 4) === 'splg');
    sectors.sort((left, right) => left.readUInt32LE(8) - right.readUInt32LE(8));
    return sectors.flatMap((sector) =>
      Array.from({ length: slotsInSector }, (_, index) => sector.subarray(headerSize + index * slotSize)).flatMap(
        (slot) => (slot[80] === 0 || slot[80] === 0xff ? [] : [readSlot(slot)]),
      ),
    );
  }
}

const sectorSize = 4096;
const headerSize = 48;
const slotSize = 88;
const slotsInSector = 46;

/** A reading as the device wrote it into its flash. */
export interface LoggedReading {
  /** As storedReadings has it. */
  readonly name: string;
  readonly uptime: number;
  /**
   * Temperature and pressure; acceleration, rotation and temperature; temperature and humidity. -0 as 0: on the way to a
   * store and back it may be either.
   */
  readonly values: readonly number[];
  readonly receipted: boolean;
}

function readSlot(slot: Buffer): LoggedReading {
  return {
    name: `greenhouse/${slot.readBigUInt64LE(4)}/${slot.readBigUInt64LE(12)}`,
    uptime: Number(slot.readBigInt64LE(20)),
    values: Array.from({ length: 11 }, (_, index) => slot.readFloatLE(36 + 4 * index) + 0),
    receipted: slot.readUInt32LE(84) === 0,
  };
}

/** A reading as the server stored it; times in µs since 1970. */
export interface StoredReading {
  readonly name: string;
  readonly uptime: number;
  readonly values: readonly (number | null)[];
  /** When it was taken, as the server worked it out. */
  readonly resolved: number | null;
  readonly received: number;
  /** 1 uptime, 2 the server's time, 3 NTP's. */
  readonly source: number;
}

/** Every reading in a data directory, in order. */
export function storedInDetail(dataDirectory: string): StoredReading[] {
  return everyReading(dataDirectory).map(({ name, uptime, values, resolvedTime, receivedAt, timeSource }) => ({
    name,
    uptime: Number(uptime),
    values: values.map((value) => (value === null ? null : value + 0)),
    resolved: resolvedTime,
    received: Number(receivedAt),
    source: timeSource,
  }));
}
