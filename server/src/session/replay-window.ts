/**
 * The 64 counters up to the highest one accepted, a bit each (docs/protocol-v1.md, section 5; the algorithm of RFC
 * 4303, section 3.4.3). Two 32-bit halves, because JavaScript's bit operations work on 32 bits.
 */
export interface ReplayWindow {
  readonly highest: number;
  /** Bit i stands for `highest - i`. */
  readonly low: number;
  /** Bit i stands for `highest - 32 - i`. */
  readonly high: number;
}

export const windowBits = 64;

/** The window once `counter` is accepted; null when it was accepted before, or is too old to tell. */
export function admit(window: ReplayWindow, counter: number): ReplayWindow | null {
  if (counter > window.highest) return advance(window, counter);
  const age = window.highest - counter;
  if (age >= windowBits) return null;
  const bit = 1 << (age & 31);
  if (age < 32) return window.low & bit ? null : { ...window, low: (window.low | bit) >>> 0 };
  return window.high & bit ? null : { ...window, high: (window.high | bit) >>> 0 };
}

function advance({ highest, low, high }: ReplayWindow, counter: number): ReplayWindow {
  const by = counter - highest;
  // A shift by 32 is a shift by 0 in JavaScript, so whole halves move on their own.
  if (by >= windowBits) return { highest: counter, low: 1, high: 0 };
  if (by >= 32) return { highest: counter, low: 1, high: (low << (by - 32)) >>> 0 };
  return { highest: counter, low: ((low << by) | 1) >>> 0, high: ((high << by) | (low >>> (32 - by))) >>> 0 };
}
