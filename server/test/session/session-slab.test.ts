import { describe, expect, it } from 'vitest';
import { SessionSlab } from '../../src/session/session-slab.ts';

const float64Fields = ['generation', 'expiresAt', 'sampleUptime', 'sampleTime', 'sampleUncertainty'] as const;
const uint32Fields = ['windowHighest', 'windowLow', 'windowHigh', 'sampleEpoch', 'flags'] as const;
const int32Fields = ['lruNewer', 'lruOlder', 'deviceOlder', 'utcOffset'] as const;
const uint64Fields = ['sessionId', 'bootId'] as const;

function contents(slab: SessionSlab, slot: number) {
  return {
    keys: slab.keys(slot).toString('hex'),
    float64: float64Fields.map((field) => slab.float64(slot, field)),
    uint32: uint32Fields.map((field) => slab.uint32(slot, field)),
    int32: int32Fields.map((field) => slab.int32(slot, field)),
    uint64: uint64Fields.map((field) => slab.uint64(slot, field)),
  };
}

/** Gives every field of the slot a value of its own, at the ends of what it can hold. */
function fill(slab: SessionSlab, slot: number): void {
  slab.keys(slot).fill(0xa0 + (slot % 16));
  for (const [index, field] of float64Fields.entries()) {
    slab.setFloat64(slot, field, Number.MAX_SAFE_INTEGER - index - slot * 8);
  }
  for (const [index, field] of uint32Fields.entries()) slab.setUint32(slot, field, 2 ** 32 - 1 - index - slot * 8);
  for (const [index, field] of int32Fields.entries()) slab.setInt32(slot, field, -(2 ** 31) + index + slot * 8);
  for (const [index, field] of uint64Fields.entries()) {
    slab.setUint64(slot, field, 2n ** 64n - 1n - BigInt(index + slot * 8));
  }
}

const filled = (slot: number) => ({
  keys: (0xa0 + (slot % 16)).toString(16).repeat(96),
  float64: float64Fields.map((_, index) => Number.MAX_SAFE_INTEGER - index - slot * 8),
  uint32: uint32Fields.map((_, index) => 2 ** 32 - 1 - index - slot * 8),
  int32: int32Fields.map((_, index) => -(2 ** 31) + index + slot * 8),
  uint64: uint64Fields.map((_, index) => 2n ** 64n - 1n - BigInt(index + slot * 8)),
});

const zeros = {
  keys: '00'.repeat(96),
  float64: float64Fields.map(() => 0),
  uint32: uint32Fields.map(() => 0),
  int32: int32Fields.map(() => 0),
  uint64: uint64Fields.map(() => 0n),
};

describe('session slab', () => {
  it('gives slots of zeros', () => {
    const slab = new SessionSlab();
    expect(contents(slab, slab.allocate())).toEqual(zeros);
  });

  it('keeps every field of every slot apart, through its growth', () => {
    const slab = new SessionSlab();
    for (let slot = 0; slot < 2500; slot += 1) {
      expect(slab.allocate()).toBe(slot);
      fill(slab, slot);
    }
    expect(slab.slots).toBe(2500);
    for (let slot = 0; slot < 2500; slot += 1) expect(contents(slab, slot)).toEqual(filled(slot));
  });

  it('overwrites a slot when it is released, and its neighbours stay as they were', () => {
    const slab = new SessionSlab();
    for (let slot = 0; slot < 3; slot += 1) fill(slab, slab.allocate());
    const keys = slab.keys(1);
    slab.release(1);
    expect(keys.equals(Buffer.alloc(96))).toBe(true);
    expect([0, 1, 2].map((slot) => contents(slab, slot))).toEqual([filled(0), zeros, filled(2)]);
  });

  it('hands released slots out again, still zeros, before it takes new ones', () => {
    const slab = new SessionSlab();
    for (let slot = 0; slot < 4; slot += 1) fill(slab, slab.allocate());
    slab.release(2);
    slab.release(0);
    expect([slab.allocate(), slab.allocate(), slab.allocate()]).toEqual([0, 2, 4]);
    expect([0, 2, 4].map((slot) => contents(slab, slot))).toEqual([zeros, zeros, zeros]);
    expect(slab.slots).toBe(5);
  });

  it('never moves a slot, so that its growth leaves no copy of a key behind', () => {
    const slab = new SessionSlab();
    const keys = slab.keys(slab.allocate());
    for (let slot = 1; slot < 3000; slot += 1) fill(slab, slab.allocate());
    fill(slab, 0);
    expect(keys.toString('hex')).toBe(filled(0).keys);
    slab.release(0);
    expect(keys.equals(Buffer.alloc(96))).toBe(true);
  });
});
