import { type Clock, type Micros, rfc3339, second } from '../time.ts';
import { leastStep } from './clock-model.ts';

/** NTP daemons slew by 500 ppm at most; what is faster, and more than leastStep, is a step. */
const fastestSlew = 1000e-6;

export interface Moment {
  readonly monotonic: Micros;
  /** The server's time, or null while its clock can't be right. */
  readonly wall: Micros | null;
  /** Which stretch between two steps of the clock this moment is in. */
  readonly epoch: number;
}

/** How the clock stood when it was looked at. All processes of a machine have the same monotonic clock. */
export interface ClockSighting {
  /** Wall clock minus monotonic clock. */
  readonly offset: Micros;
  readonly monotonic: Micros;
  readonly epoch: number;
}

export interface ServerClockOptions {
  readonly clock: Clock;
  /** A clock before this is wrong: the build date, or the last time that was stored. */
  readonly floor: Micros;
  /** The epoch to go on from: the store's last one. */
  readonly epoch: number;
  /** What another process of the same server saw, to go on from instead: so that both count the same steps. */
  readonly sighting?: ClockSighting;
  /** Called once at each change, with a sentence for the log. */
  readonly onChange: (sentence: string) => void;
}

/**
 * The machine's clock, watched (docs/protocol-v1.md, section 7). A Raspberry Pi has no clock of its own: it starts in
 * the past and steps when NTP answers. A time before the last stored one is not given out, and a step starts a new epoch.
 */
export class ServerClock {
  readonly #options: ServerClockOptions;
  #floor: Micros;
  #epoch: number;
  #trusted = true;
  #last: Pick<ClockSighting, 'offset' | 'monotonic'> | undefined;

  constructor(options: ServerClockOptions) {
    this.#options = options;
    this.#floor = options.floor;
    this.#epoch = options.sighting?.epoch ?? options.epoch;
    this.#last = options.sighting;
  }

  /** Looks at the clock and says how it stands, for another process to go on from. */
  sighting(): ClockSighting {
    const monotonic = this.#options.clock.monotonic();
    const offset = this.#options.clock.wall() - monotonic;
    this.#watchForStep(offset, monotonic);
    return { offset, monotonic, epoch: this.#epoch };
  }

  now(): Moment {
    const { clock } = this.#options;
    const monotonic = clock.monotonic();
    const wall = clock.wall();
    this.#watchForStep(wall - monotonic, monotonic);
    const trusted = wall >= this.#floor;
    if (trusted !== this.#trusted) {
      this.#trusted = trusted;
      this.#options.onChange(
        trusted
          ? 'the clock of this machine is right again'
          : `the clock of this machine says ${rfc3339(wall)}, before ${rfc3339(this.#floor)}, which has passed already: readings are kept, but no time is given until it is set`,
      );
    }
    return { monotonic, wall: trusted ? wall : null, epoch: this.#epoch };
  }

  /** Says that this time is in the store now: the clock must not fall behind it. */
  stored(time: Micros): void {
    this.#floor = Math.max(this.#floor, time);
  }

  #watchForStep(offset: Micros, monotonic: Micros): void {
    if (this.#last) {
      const moved = Math.abs(offset - this.#last.offset);
      if (moved > leastStep + (monotonic - this.#last.monotonic) * fastestSlew) {
        this.#epoch += 1;
        this.#options.onChange(
          `the clock of this machine stepped by ${((offset - this.#last.offset) / second).toFixed(1)} s`,
        );
      }
    }
    this.#last = { offset, monotonic };
  }
}
