import { type Clock, hour, type Micros } from '../src/time.ts';

/** Both clocks of a machine, moved by the test alone. */
export class TestClock implements Clock {
  #wall: Micros;
  #monotonic: Micros;

  constructor(wall: Micros = Date.UTC(2026, 10, 22, 12) * 1000, monotonic: Micros = 5 * hour) {
    this.#wall = wall;
    this.#monotonic = monotonic;
  }

  wall(): Micros {
    return this.#wall;
  }

  monotonic(): Micros {
    return this.#monotonic;
  }

  /** Time passes: both clocks move on. */
  advance(micros: Micros): void {
    this.#wall += micros;
    this.#monotonic += micros;
  }

  /** Someone sets the machine's clock: only the wall clock moves. */
  stepWall(micros: Micros): void {
    this.#wall += micros;
  }
}
