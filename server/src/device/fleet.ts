import type { Micros } from '../time.ts';
import type { DeviceEvent } from './device-event.ts';
import type { DeviceIdentity } from './handshake.ts';
import { defaultIntervals } from './job-intervals.ts';
import { SimulatedEsp32, type SimulatedEsp32Options } from './simulated-esp32.ts';

type SharedOptions = Pick<
  SimulatedEsp32Options,
  | 'transport'
  | 'clock'
  | 'scheduler'
  | 'randomBytes'
  | 'generateEphemeral'
  | 'utcOffsetSeconds'
  | 'speed'
  | 'description'
>;

export interface FleetOptions extends SharedOptions {
  readonly devices: readonly DeviceIdentity[];
  /** Device i has seed + i. */
  readonly seed: number;
  /** Over how long the devices start. One sample interval unless told, so that their uploads are spread over it. */
  readonly stagger?: Micros;
  readonly onEvent?: (deviceId: string, event: DeviceEvent) => void;
}

/** What a fleet has done so far; `devices` are those started, `queued` is as of now. */
export interface FleetTotals {
  readonly devices: number;
  readonly handshakes: number;
  readonly uploads: number;
  readonly readings: number;
  readonly duplicates: number;
  readonly dropped: number;
  readonly refused: number;
  readonly unreachable: number;
  readonly queued: number;
}

/** Many simulated ESP32s in one process, over one transport: connection.ts's bounds the sockets they share. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #started: SimulatedEsp32[] = [];
  readonly #counted = {
    handshakes: 0,
    uploads: 0,
    readings: 0,
    duplicates: 0,
    dropped: 0,
    refused: 0,
    unreachable: 0,
  };

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  get totals(): FleetTotals {
    const queued = this.#started.reduce((sum, device) => sum + device.queued, 0);
    return { devices: this.#started.length, ...this.#counted, queued };
  }

  /** Starts the devices one after the other and runs them until `signal` aborts; call it once. */
  async run(signal: AbortSignal): Promise<void> {
    const { devices, speed = 1, stagger = defaultIntervals.sample / speed } = this.#options;
    await Promise.all(
      devices.map(async (identity, index) => {
        await this.#options.scheduler.wait((stagger * index) / devices.length, signal);
        if (!signal.aborted) await this.#start(identity, index).run(signal);
      }),
    );
  }

  #start(identity: DeviceIdentity, index: number): SimulatedEsp32 {
    const { seed, onEvent } = this.#options;
    const device = new SimulatedEsp32({
      ...this.#options,
      ...identity,
      seed: seed + index,
      onEvent: (event) => {
        this.#count(event);
        onEvent?.(identity.deviceId, event);
      },
    });
    this.#started.push(device);
    return device;
  }

  #count(event: DeviceEvent): void {
    const counted = this.#counted;
    switch (event.type) {
      case 'handshake':
        counted.handshakes += 1;
        break;
      case 'uploaded':
        counted.uploads += 1;
        counted.readings += event.readings;
        counted.duplicates += event.duplicates;
        break;
      case 'dropped':
        counted.dropped += 1;
        break;
      case 'refused':
      case 'unreachable':
        counted[event.type] += 1;
        break;
    }
  }
}
