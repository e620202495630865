import type { Line } from './line.ts';

/** What one run of requests came to. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  /** TCP payload, both ways. */
  readonly bytesOnWire: number;
  /** What this process, the load generator, used of one core. */
  readonly generatorShare: number;
}

/** Gives a connection's next request; undefined when there is no more. */
export type RequestSource = () => Buffer | undefined;

/** Whichever comes first ends a run; what is under way then is still answered. */
export interface LoadLimit {
  readonly requests: number;
  readonly seconds: number;
  readonly signal?: AbortSignal;
}

/** A server that answers nothing for so long has failed. */
const longestSilenceMilliseconds = 30_000;

/** Each line sends its next request as soon as the last one is answered. */
export async function closedLoop(
  lines: readonly Line[],
  sources: readonly RequestSource[],
  limit: LoadLimit,
  onAnswer?: (line: number, answer: Buffer) => void,
): Promise<LoadResult> {
  const run = new Run(lines, limit.requests);
  const deadline = performance.now() + limit.seconds * 1000;
  let sent = 0;
  await run.until((finished, failed) => {
    let busy = lines.length;
    lines.forEach((line, index) => {
      const source = sources[index];
      let sentAt = 0;
      const next = () => {
        const now = performance.now();
        const more = sent < limit.requests && now < deadline && limit.signal?.aborted !== true;
        const request = more ? source?.() : undefined;
        if (!request) {
          busy -= 1;
          if (busy === 0) finished();
          return;
        }
        sent += 1;
        sentAt = now;
        line.send(request);
      };
      line.onFailure = failed;
      line.onAnswer = (answer) => {
        run.answered(sentAt);
        onAnswer?.(index, answer);
        next();
      };
      next();
    });
  });
  return run.result();
}

/**
 * Sends at a steady pace, whether the server keeps up or not: a request that finds no line free waits, and its latency
 * counts from the moment at which it was due.
 */
export async function openLoop(
  lines: readonly Line[],
  sources: readonly RequestSource[],
  requestsPerSecond: number,
  limit: LoadLimit,
): Promise<LoadResult> {
  let due = Math.min(limit.requests, Math.floor(requestsPerSecond * limit.seconds));
  const run = new Run(lines, due);
  const idle = lines.map((_line, index) => index);
  const dueAt = new Float64Array(lines.length);
  let sent = 0;
  await run.until((finished, failed) => {
    let stopped = false;
    lines.forEach((line, index) => {
      line.onFailure = (error) => {
        stopped = true;
        failed(error);
      };
      line.onAnswer = () => {
        run.answered(dueAt[index] ?? 0);
        idle.push(index);
        if (run.answers === due) finished();
      };
    });
    const pace = () => {
      if (stopped) return;
      while (sent < due && idle.length > 0) {
        const moment = run.began + (sent * 1000) / requestsPerSecond;
        if (moment > performance.now()) break;
        const index = idle.shift() ?? 0;
        const request = sources[index]?.();
        if (!request) {
          stopped = true;
          failed(new Error('too few requests were prepared'));
          return;
        }
        dueAt[index] = moment;
        sent += 1;
        lines[index]?.send(request);
      }
      // Timers are too coarse, and the generator has a core to itself. At a slow pace it may rest.
      if (sent < due) requestsPerSecond > 2000 ? setImmediate(pace) : setTimeout(pace, 1);
    };
    limit.signal?.addEventListener('abort', () => {
      due = sent;
      if (run.answers === due) finished();
    });
    pace();
  });
  return run.result();
}

/** The books of one run. */
class Run {
  readonly began: number;
  answers = 0;
  readonly #lines: readonly Line[];
  readonly #latencies: Float64Array;
  readonly #bytesBefore: number;
  readonly #cpuBefore = process.cpuUsage();
  #lastAnswerAt: number;

  constructor(lines: readonly Line[], mostRequests: number) {
    // What was prepared leaves garbage, and to collect that in the midst of a run would count as the server's time.
    globalThis.gc?.();
    this.began = performance.now();
    this.#lastAnswerAt = this.began;
    this.#lines = lines;
    this.#latencies = new Float64Array(mostRequests);
    this.#bytesBefore = bytesOnWire(lines);
  }

  answered(since: number): void {
    this.#lastAnswerAt = performance.now();
    this.#latencies[this.answers] = this.#lastAnswerAt - since;
    this.answers += 1;
  }

  /** Waits for the end, for a failure, or until nothing has been answered for too long. */
  until(start: (finished: () => void, failed: (error: Error) => void) => void): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const watch = setInterval(() => {
        if (performance.now() - this.#lastAnswerAt > longestSilenceMilliseconds) end(new Error('no answer for 30 s'));
      }, 1000);
      const end = (error?: Error) => {
        clearInterval(watch);
        error ? reject(error) : resolve();
      };
      start(end, end);
    });
  }

  result(): LoadResult {
    const seconds = (this.#lastAnswerAt - this.began) / 1000;
    const { user, system } = process.cpuUsage(this.#cpuBefore);
    const sorted = this.#latencies.subarray(0, this.answers).sort();
    const quantile = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    return {
      requests: this.answers,
      seconds,
      requestsPerSecond: this.answers / seconds,
      p50Milliseconds: quantile(0.5),
      p99Milliseconds: quantile(0.99),
      bytesOnWire: bytesOnWire(this.#lines) - this.#bytesBefore,
      generatorShare: (user + system) / 1e6 / seconds,
    };
  }
}

function bytesOnWire(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + line.bytesOnWire, 0);
}
