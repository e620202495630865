import { create } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { type ClockAnswer, type ClockReport, ClockReportSchema, ClockSource } from '#gen/clock_pb.js';
import { durationOf, localTimeText, type Micros, microsOfTimestamp, timestampOf } from '../time.ts';
import { type DeviceClock, delayOf } from './clock.ts';
import type { Ntp } from './simulated-ntp.ts';

export interface TimeKeeperOptions {
  readonly clock: DeviceClock;
  readonly ntp: Ntp;
  readonly utcOffsetSeconds: number;
  /** NTP and the server begin to contradict each other: NTP's clock minus the server's. */
  readonly onDistrust: (difference: Micros) => void;
}

/** Sets the device's clock by what it hears, and says in clock reports what it has heard. */
export class TimeKeeper {
  readonly #options: TimeKeeperOptions;
  /** By the last TimeSync: the server's clock minus the device's, and the round trip. */
  #measured: { readonly offset: Micros | undefined; readonly roundTrip: Micros } | undefined;
  #ntpOffset: Micros | undefined;
  #distrusted = false;

  constructor(options: TimeKeeperOptions) {
    this.#options = options;
  }

  /** The local time in words; undefined while no clock is set. */
  get localTime(): string | undefined {
    const { clock, utcOffsetSeconds } = this.#options;
    const { time } = clock.stampAt(clock.uptime());
    return time === undefined ? undefined : localTimeText(time, utcOffsetSeconds);
  }

  /** Asks NTP. Undefined when it does not answer; `offset` is undefined when the clock was not set before. */
  askNtp(wall: Micros): { readonly offset: Micros | undefined } | undefined {
    const { ntp, clock } = this.#options;
    const exchange = ntp.ask(wall, clock.uptime());
    if (!exchange) return undefined;
    this.#ntpOffset = clock.setFromNtp(exchange);
    this.#weigh();
    return { offset: this.#ntpOffset };
  }

  /** What a TimeSync reports that leaves at `asked`, an uptime. */
  report(source: ClockSource, asked: Micros): ClockReport {
    const { clock, ntp, utcOffsetSeconds } = this.#options;
    const { time } = clock.stampAt(asked);
    const report = create(ClockReportSchema, { source, uptime: durationOf(asked), utcOffsetSeconds });
    if (time !== undefined) report.deviceTime = timestampOf(time);
    if (this.#measured) report.roundTrip = durationOf(this.#measured.roundTrip);
    if (this.#measured?.offset !== undefined) report.measuredOffset = durationOf(this.#measured.offset);
    if (source === ClockSource.NTP) report.ntpServer = ntp.server;
    if (source === ClockSource.NTP && this.#ntpOffset !== undefined) report.ntpOffset = durationOf(this.#ntpOffset);
    return report;
  }

  /** Takes the answer to the TimeSync that left at `asked`. Without times in it, nothing is set. */
  takeAnswer({ receiveTime, transmitTime }: ClockAnswer, asked: Micros): void {
    this.#measured = this.#take(asked, receiveTime, transmitTime);
  }

  /** Takes the server's time from another sealed answer: its one stamp stands for both of NTP's. */
  takeServerTime(serverTime: Timestamp | undefined, asked: Micros): void {
    this.#take(asked, serverTime, serverTime);
  }

  #take(asked: Micros, receiveTime: Timestamp | undefined, transmitTime: Timestamp | undefined) {
    const { clock } = this.#options;
    const received = microsOfTimestamp(receiveTime);
    const answered = microsOfTimestamp(transmitTime);
    if (received === undefined || answered === undefined) return undefined;
    const exchange = { asked, received, answered, returned: clock.uptime() };
    const offset = clock.setFromServer(exchange);
    this.#weigh();
    return { offset, roundTrip: delayOf(exchange) };
  }

  #weigh(): void {
    const difference = this.#options.clock.disagreement;
    if (difference !== undefined && !this.#distrusted) this.#options.onDistrust(difference);
    this.#distrusted = difference !== undefined;
  }
}
