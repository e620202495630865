/** Random numbers that are the same for the same seed: for a simulation, never for a key. */
export interface SeededRandom {
  /** From 0 up to, but not, 1. */
  uniform(): number;
  /** Normally distributed around 0. */
  normal(deviation: number): number;
}

/** Mulberry32: a counter of 32 bits, and two multiplications to scatter it. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    // Box and Muller; 1 - uniform() because the logarithm of 0 is none.
    normal: (deviation) => deviation * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}
