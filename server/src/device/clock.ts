import { TimeSource } from '#gen/reading_pb.js';
import { type Micros, second } from '../time.ts';

/** The device's clock: docs/protocol-v1.md, section 7. */

/** One question for the time and its answer: the four stamps of RFC 5905, section 8. */
export interface TimeExchange {
  /** T1, when the question left, by the asker's clock. */
  readonly asked: Micros;
  /** T2, when it arrived, by the answerer's clock. */
  readonly received: Micros;
  /** T3, when the answer left, by the answerer's clock. */
  readonly answered: Micros;
  /** T4, when it arrived, by the asker's clock. */
  readonly returned: Micros;
}

/** The answerer's clock minus the asker's, in whole microseconds (RFC 5905, section 8, theta). */
export function offsetOf({ asked, received, answered, returned }: TimeExchange): Micros {
  return Math.round((received - asked + (answered - returned)) / 2);
}

/** The way there and back, without the answerer's own time (RFC 5905, section 8, delta). */
export function delayOf({ asked, received, answered, returned }: TimeExchange): Micros {
  return returned - asked - (answered - received);
}

/** The device's best clock at a moment; without `time` while none was set. */
export interface Stamp {
  readonly source: TimeSource;
  readonly time?: Micros;
}

/** A clock as its distance from uptime, which is what both servers' answers are measured against. */
interface Setting {
  readonly offset: Micros;
  /** How far off it may have been when it was set. */
  readonly uncertainty: Micros;
  readonly setAt: Micros;
}

/** NTP is not authenticated: further than this from the server's sealed time, it is not believed. */
const mostDisagreement = 2 * second;
/** How fast an ESP32's crystal may run away: 50 µs in every second. */
const crystalDrift = 50e-6;

export class DeviceClock {
  readonly #monotonic: () => Micros;
  readonly #boot: Micros;
  readonly #driftPpm: number;
  #server: Setting | undefined;
  #ntp: Setting | undefined;

  /** Boots now. `driftPpm` is how many µs its crystal gains in every second, for a simulation. */
  constructor(monotonic: () => Micros, driftPpm = 0) {
    this.#monotonic = monotonic;
    this.#boot = monotonic();
    this.#driftPpm = driftPpm;
  }

  /** Microseconds since the boot, monotonic, by this device's crystal. */
  readonly uptime = (): Micros => {
    const elapsed = this.#monotonic() - this.#boot;
    return Math.floor(elapsed + (elapsed * this.#driftPpm) / 1e6);
  };

  /** What the device's best clock shows at `uptime`: NTP's unless the server contradicts it, else the server's. */
  stampAt(uptime: Micros): Stamp {
    if (this.#ntp && this.disagreement === undefined) {
      return { source: TimeSource.NTP, time: uptime + this.#ntp.offset };
    }
    if (this.#server) return { source: TimeSource.SERVER, time: uptime + this.#server.offset };
    return { source: TimeSource.UPTIME };
  }

  /** NTP minus the server, when they differ so much that the server is believed alone. */
  get disagreement(): Micros | undefined {
    if (!this.#ntp || !this.#server) return undefined;
    const difference = this.#ntp.offset - this.#server.offset;
    return Math.abs(difference) > mostDisagreement ? difference : undefined;
  }

  /**
   * Takes the server's time from a sealed answer; `asked` and `returned` are uptimes. Gives what the answerer's clock
   * was ahead of the device's just before, undefined when the device had none.
   */
  setFromServer(exchange: TimeExchange): Micros | undefined {
    const setting = settingFrom(exchange);
    const correction = this.#correctionBy(setting);
    if (isBetter(setting, this.#server)) this.#server = setting;
    return correction;
  }

  /** As setFromServer, from an answer of NTP's. Each counts: there is nothing to weigh it with but the server. */
  setFromNtp(exchange: TimeExchange): Micros | undefined {
    const setting = settingFrom(exchange);
    const correction = this.#correctionBy(setting);
    this.#ntp = setting;
    return correction;
  }

  #correctionBy({ offset }: Setting): Micros | undefined {
    const { time } = this.stampAt(0);
    return time === undefined ? undefined : offset - time;
  }
}

function settingFrom(exchange: TimeExchange): Setting {
  return {
    offset: offsetOf(exchange),
    uncertainty: Math.max(0, delayOf(exchange)) / 2,
    setAt: exchange.returned,
  };
}

/**
 * Whether `next` takes the place of `current`: when it is no less certain than what drift has made of the other, or
 * when both can't be right, which is how it looks after the server's clock was put right.
 */
function isBetter(next: Setting, current: Setting | undefined): boolean {
  if (!current) return true;
  const aged = current.uncertainty + (next.setAt - current.setAt) * crystalDrift;
  return next.uncertainty <= aged || Math.abs(next.offset - current.offset) > next.uncertainty + aged;
}
