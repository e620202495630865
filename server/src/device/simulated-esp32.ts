import { create, equals } from '@bufbuild/protobuf';
import type { Transport } from '@connectrpc/connect';
import { ClockSource } from '#gen/clock_pb.js';
import type { Welcome } from '#gen/handshake_pb.js';
import { type DeviceStatus, DeviceStatusSchema, ReadingBatchSchema, ReadingSchema } from '#gen/reading_pb.js';
import type { EphemeralKeyPair } from '../crypto/noise.ts';
import { type Clock, durationOf, type Micros, timestampOf } from '../time.ts';
import { Bell } from './bell.ts';
import { DeviceClient } from './client.ts';
import { DeviceClock } from './clock.ts';
import { withinDataSheets } from './data-sheet.ts';
import type { DeviceEvent } from './device-event.ts';
import type { DeviceDescription, DeviceIdentity } from './handshake.ts';
import { adoptSettings, defaultIntervals, type JobIntervals } from './job-intervals.ts';
import { ReadingQueue } from './queue.ts';
import { type SeededRandom, seededRandom } from './random.ts';
import { every, type Scheduler } from './scheduler.ts';
import { GreenhouseSensors, type Sensors } from './sensors.ts';
import { type Ntp, simulatedNtp } from './simulated-ntp.ts';
import { TimeKeeper } from './time-keeper.ts';
import { Uplink } from './uplink.ts';

export interface SimulatedEsp32Options extends DeviceIdentity {
  /** The way to the server: connection.ts's, or one in memory. */
  readonly transport: Transport;
  /** The host's: monotonic drives the crystal, wall is the truth that the air and NTP follow. */
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly randomBytes: (count: number) => Buffer;
  readonly generateEphemeral: () => EphemeralKeyPair;
  /** The greenhouse, the sensors, the crystal, NTP's errors and the back-off's jitter all follow from it. */
  readonly seed: number;
  /** What an ESP32 keeps in flash: how often it has booted, this time included, and what waits to be uploaded. */
  readonly bootCount?: number;
  readonly queue?: ReadingQueue;
  readonly sensors?: Sensors;
  readonly ntp?: Ntp;
  readonly utcOffsetSeconds?: number;
  /** Divides the intervals between jobs. Clocks, stamps and back-off stay real. */
  readonly speed?: number;
  readonly description?: DeviceDescription;
  readonly onEvent?: (event: DeviceEvent) => void;
}

/**
 * A whole device, from one boot to its end: three jobs that run by the clock, and one conversation with the server that
 * takes up their work, one request at a time, as an ESP32 does.
 */
export class SimulatedEsp32 {
  /** This boot's. */
  readonly bootId: bigint;
  readonly #options: SimulatedEsp32Options;
  readonly #queue: ReadingQueue;
  readonly #sensors: Sensors;
  readonly #random: SeededRandom;
  readonly #clock: DeviceClock;
  readonly #time: TimeKeeper;
  readonly #client: DeviceClient;
  readonly #uplink: Uplink;
  readonly #work = new Bell();
  readonly #reportsDue = new Set<ClockSource>();
  #intervals: JobIntervals = defaultIntervals;
  #sequence = 0n;
  #statusTold: DeviceStatus | undefined;
  #rssiDbm: number;

  /** Boots now. */
  constructor(options: SimulatedEsp32Options) {
    const { seed, clock, bootCount = 1, utcOffsetSeconds = 0 } = options;
    this.#options = options;
    // A stream of its own: how often it backs off must not change what the sensors say.
    this.#random = seededRandom(seed ^ 0x5bd1e995);
    this.#queue = options.queue ?? new ReadingQueue();
    this.#sensors = options.sensors ?? new GreenhouseSensors({ seed, utcOffsetSeconds });
    this.#clock = new DeviceClock(clock.monotonic, 40 * this.#random.uniform() - 20);
    this.#time = new TimeKeeper({
      clock: this.#clock,
      ntp: options.ntp ?? simulatedNtp(this.#random),
      utcOffsetSeconds,
      onDistrust: (difference) => this.#tell({ type: 'ntp-distrusted', difference }),
    });
    this.#rssiDbm = -45 - Math.floor(30 * this.#random.uniform());
    this.bootId = (BigInt(bootCount) << 32n) | BigInt(options.randomBytes(4).readUInt32BE());
    this.#client = new DeviceClient({ ...options, bootId: this.bootId, uptime: this.#clock.uptime });
    this.#uplink = new Uplink({
      client: this.#client,
      shakeHands: (signal) => this.#shakeHands(signal),
      scheduler: options.scheduler,
      monotonic: clock.monotonic,
      random: this.#random.uniform,
      onFailure: (error, wait) =>
        this.#tell({ type: error.kind === 'unreachable' ? 'unreachable' : 'refused', error, wait }),
    });
  }

  /** Readings that wait for a receipt. */
  get queued(): number {
    return this.#queue.size;
  }

  /** Runs until `signal` aborts; call it once. Throws only for a mistake in the device itself. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const onAbort = () => stop.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { signal: stop.signal });
    const { clock, scheduler, speed = 1 } = this.#options;
    const repeat = (job: () => void, interval: keyof JobIntervals) =>
      every(() => this.#intervals[interval] / speed, job, { clock, scheduler }, stop.signal);
    const parts = [
      repeat(this.#sample, 'sample'),
      repeat(this.#tellLocalTime, 'localTime'),
      repeat(this.#askNtp, 'ntp'),
      this.#converse(stop.signal),
    ];
    try {
      await Promise.all(parts);
    } catch (failure) {
      if (!signal.aborted) throw failure;
    } finally {
      stop.abort();
      await Promise.allSettled(parts);
      this.#client.close();
    }
  }

  // The jobs.

  readonly #sample = (): void => {
    const uptime = this.#clock.uptime();
    const { source, time } = this.#clock.stampAt(uptime);
    this.#sequence += 1n;
    const reading = create(ReadingSchema, {
      sequence: this.#sequence,
      uptime: durationOf(uptime),
      timeSource: source,
      ...(time !== undefined && { collectedTime: timestampOf(time) }),
      ...withinDataSheets(this.#sensors.sample(this.#options.clock.wall())),
    });
    const droppedBefore = this.#queue.dropped;
    this.#queue.push(this.bootId, reading);
    if (this.#queue.dropped > droppedBefore) this.#tell({ type: 'dropped', total: this.#queue.dropped });
    this.#work.ring();
  };

  readonly #tellLocalTime = (): void => {
    this.#tell({ type: 'local-time', text: this.#time.localTime });
    this.#reportsDue.add(ClockSource.LOCAL);
    this.#work.ring();
  };

  readonly #askNtp = (): void => {
    const answer = this.#time.askNtp(this.#options.clock.wall());
    if (!answer) return;
    this.#tell({ type: 'ntp', offset: answer.offset });
    this.#reportsDue.add(ClockSource.NTP);
    this.#work.ring();
  };

  // The conversation.

  /** Does the work that the jobs leave. What fails is not lost: readings stay queued, and clocks are soon read again. */
  async #converse(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // One upload, then the reports that are due by now: a long backlog and frequent reports don't starve each other.
      if (this.#queue.size > 0) await this.#uplink.attempt('SensorUpload', this.#upload, signal);
      for (const source of [...this.#reportsDue]) {
        this.#reportsDue.delete(source);
        await this.#uplink.attempt('TimeSync', () => this.#reportClock(source, signal), signal);
      }
      if (this.#queue.size === 0 && this.#reportsDue.size === 0) await this.#work.heard(signal);
    }
  }

  async #shakeHands(signal: AbortSignal): Promise<void> {
    const { description = { firmwareVersion: 'simulated', hardware: 'simulated-esp32' } } = this.#options;
    const asked = this.#clock.uptime();
    const { welcome } = await this.#client.shakeHands(description, signal);
    this.#adopt(welcome, asked);
    this.#tell({ type: 'handshake' });
  }

  readonly #upload = async (signal: AbortSignal): Promise<void> => {
    const batch = this.#queue.nextBatch();
    if (!batch) return;
    const status = this.#status();
    const changed = !this.#statusTold || !equals(DeviceStatusSchema, status, this.#statusTold);
    const asked = this.#clock.uptime();
    const receipt = await this.#client.upload(
      create(ReadingBatchSchema, { bootId: batch.bootId, readings: [...batch.readings], ...(changed && { status }) }),
      signal,
    );
    this.#queue.free(batch);
    this.#statusTold = status;
    this.#adopt(receipt, asked);
    const { duplicates, refusedSensors } = receipt;
    const readings = batch.readings.length;
    this.#tell({ type: 'uploaded', readings, duplicates, refusedSensors, queued: this.#queue.size });
  };

  async #reportClock(source: ClockSource, signal: AbortSignal): Promise<void> {
    const asked = this.#clock.uptime();
    const answer = await this.#client.syncTime(this.#time.report(source, asked), signal);
    this.#time.takeAnswer(answer, asked);
  }

  /** Takes what a sealed answer brings besides. */
  #adopt({ serverTime, settings }: Pick<Welcome, 'serverTime' | 'settings'>, asked: Micros): void {
    this.#time.takeServerTime(serverTime, asked);
    this.#intervals = adoptSettings(this.#intervals, settings);
  }

  #status(): DeviceStatus {
    // Somebody walks through the room now and then.
    if (this.#random.uniform() < 0.01) this.#rssiDbm += this.#random.uniform() < 0.5 ? -1 : 1;
    return create(DeviceStatusSchema, {
      queuedReadings: this.#queue.size,
      droppedReadings: BigInt(this.#queue.dropped),
      freeHeapBytes: 180_000 - 100 * this.#queue.size,
      rssiDbm: this.#rssiDbm,
    });
  }

  #tell(event: DeviceEvent): void {
    this.#options.onEvent?.(event);
  }
}
