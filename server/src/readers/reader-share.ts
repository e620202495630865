import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { SealpostError } from '../errors.ts';
import { type Clock, type Micros, millisecond } from '../time.ts';

/** What readers get when devices want everything. */
const leastShare = 1 / 16;
/** Where devices take so much of the process, as much again as half of it is kept free for them. */
const roomForDevices = 1.5;
/** How long a look at the devices holds. */
const window: Micros = 50 * millisecond;

export interface ReaderShareOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** How many calls of devices have been answered so far. */
  readonly deviceCalls: () => number;
  /** How long the event loop has been busy so far, with whatever. */
  readonly busy?: () => Micros;
  /** Waits for so many milliseconds. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/** Where steps of one kind wait. */
export interface ReaderLane {
  /** Does the step when its time has come, first come, first served. Rejects with `resource_exhausted` when too many wait. */
  step<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** A lane for one who asks: once `signal` says that nobody waits for the answer, no step is done, and all reject. */
export function laneUntil(signal: AbortSignal, lane: ReaderLane): ReaderLane {
  return {
    step: (work) =>
      lane.step(async () => {
        signal.throwIfAborted();
        return work();
      }),
  };
}

type Step = () => Promise<unknown>;

/**
 * Keeps readers to what devices leave of the process, and to a sixteenth of it when these leave nothing, so that uploads go on
 * however much is read. What takes long is done in steps, one at a time, with a rest behind each one. A step counts with
 * all that follows from it at once: that its answer is encoded, and written to the socket.
 */
export class ReaderShare {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #deviceCalls: () => number;
  readonly #busy: () => Micros;
  readonly #pause: (milliseconds: number) => Promise<unknown>;
  /** In the order of their turns. */
  readonly #lanes: Step[][] = [];
  #running = false;
  /** What all steps so far have taken. */
  #spent: Micros = 0;
  /** How long readers still have to rest for them. */
  #owed: Micros = 0;
  #seen: { readonly at: Micros; readonly devicesBusy: Micros; readonly calls: number };
  /** The part of the process that devices took when last looked at, 0 to 1. */
  #devicesTake = 0;

  constructor({ clock, deviceCalls, busy, pause }: ReaderShareOptions) {
    this.#clock = clock;
    this.#deviceCalls = deviceCalls;
    this.#busy = busy ?? (() => performance.eventLoopUtilization().active * millisecond);
    this.#pause = pause ?? ((milliseconds) => wait(milliseconds));
    this.#seen = this.#look();
  }

  /** Lanes take turns, so that many who wait in one do not keep those in another from theirs. */
  lane(mostWaiting = 256): ReaderLane {
    const steps: Step[] = [];
    this.#lanes.push(steps);
    return {
      step: (work) => {
        if (steps.length >= mostWaiting) return Promise.reject(tooManyReaders());
        return new Promise((resolve, reject) => {
          steps.push(async () => {
            try {
              resolve(await work());
            } catch (error) {
              reject(error);
            }
          });
          if (!this.#running) void this.#run();
        });
      },
    };
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let step = this.#next(); step !== undefined; step = this.#next()) await this.#rest(await this.#do(step));
    this.#running = false;
  }

  #next(): Step | undefined {
    const turn = this.#lanes.findIndex((steps) => steps.length > 0);
    const lane = this.#lanes[turn];
    if (lane !== undefined) this.#lanes.push(...this.#lanes.splice(turn, 1));
    return lane?.shift();
  }

  /** Gives how long it took. */
  async #do(step: Step): Promise<Micros> {
    let done: Promise<unknown> | undefined;
    const spent = await new Promise<Micros>((resolve) => {
      let begun = 0;
      setImmediate(() => {
        begun = this.#clock.monotonic();
        done = step();
      });
      // The event loop comes to this one when all that it can do at once behind the other is done, and before it polls.
      setImmediate(() => resolve(this.#clock.monotonic() - begun));
    });
    await done;
    return spent;
  }

  async #rest(spent: Micros): Promise<void> {
    this.#spent += spent;
    // Whoever has called during the step is heard.
    await nextTurn();
    const now = this.#clock.monotonic();
    if (now - this.#seen.at >= window) this.#lookAgain();
    const share = Math.max(leastShare, 1 - roomForDevices * this.#devicesTake);
    this.#owed += spent * (1 / share - 1);
    if (this.#owed < millisecond) return;
    await this.#pause(Math.ceil(this.#owed / millisecond));
    this.#owed = Math.max(0, this.#owed - (this.#clock.monotonic() - now));
  }

  #lookAgain(): void {
    const before = this.#seen;
    const seen = this.#look();
    this.#seen = seen;
    // Without calls of devices, it is other work of readers.
    const devicesCalled = seen.calls !== before.calls;
    this.#devicesTake = devicesCalled ? (seen.devicesBusy - before.devicesBusy) / (seen.at - before.at) : 0;
  }

  #look() {
    return { at: this.#clock.monotonic(), devicesBusy: this.#busy() - this.#spent, calls: this.#deviceCalls() };
  }
}

function tooManyReaders(): SealpostError {
  return new SealpostError('resource_exhausted', 'too many read at once: try again in a second', {
    reason: 'too many readers wait',
    retryAfterSeconds: 1,
  });
}
