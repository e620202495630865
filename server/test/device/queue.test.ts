import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Reading, ReadingSchema } from '#gen/reading_pb.js';
import { type QueuedBatch, ReadingQueue } from '../../src/device/queue.ts';

const thisBoot = 2n;
const bootBefore = 1n;

function readings(from: number, to: number): Reading[] {
  return Array.from({ length: to - from + 1 }, (_, index) => create(ReadingSchema, { sequence: BigInt(from + index) }));
}

function fill(queue: ReadingQueue, bootId: bigint, from: number, to: number): void {
  for (const reading of readings(from, to)) queue.push(bootId, reading);
}

function take(queue: ReadingQueue): QueuedBatch {
  const batch = queue.nextBatch()!;
  queue.free(batch);
  return batch;
}

const sequences = (batch: QueuedBatch | undefined) => batch?.readings.map(({ sequence }) => Number(sequence));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('a queue', () => {
  it('has no batch while it is empty', () => {
    expect(new ReadingQueue().nextBatch()).toBeUndefined();
  });

  it('gives the same batch again until a receipt frees it', () => {
    const queue = new ReadingQueue();
    fill(queue, thisBoot, 1, 3);
    expect(sequences(queue.nextBatch())).toEqual([3, 1, 2]);
    expect(sequences(queue.nextBatch())).toEqual([3, 1, 2]);
    expect(sequences(take(queue))).toEqual([3, 1, 2]);
    expect(queue.nextBatch()).toBeUndefined();
    expect(queue.size).toBe(0);
  });

  it('frees exactly the readings of the batch, not those that came since', () => {
    const queue = new ReadingQueue();
    fill(queue, thisBoot, 1, 2);
    const batch = queue.nextBatch()!;
    fill(queue, thisBoot, 3, 3);
    queue.free(batch);
    expect(sequences(queue.nextBatch())).toEqual([3]);
  });

  it('gives 64 readings at most, the newest first and then those that wait longest', () => {
    const queue = new ReadingQueue();
    fill(queue, thisBoot, 1, 150);
    expect(sequences(take(queue))).toEqual([150, ...range(1, 63)]);
    expect(sequences(take(queue))).toEqual(range(64, 127));
    expect(sequences(take(queue))).toEqual(range(128, 149));
    expect(queue.nextBatch()).toBeUndefined();
  });

  it('lets a new reading lead however long the backlog is', () => {
    const queue = new ReadingQueue();
    fill(queue, thisBoot, 1, 200);
    take(queue);
    fill(queue, thisBoot, 201, 201);
    expect(sequences(take(queue))).toEqual([201, ...range(64, 126)]);
  });

  it('never mixes boots in a batch', () => {
    const queue = new ReadingQueue();
    fill(queue, bootBefore, 1, 3);
    fill(queue, thisBoot, 1, 2);
    const first = take(queue);
    const second = take(queue);
    expect([first.bootId, sequences(first)]).toEqual([thisBoot, [2, 1]]);
    expect([second.bootId, sequences(second)]).toEqual([bootBefore, [1, 2, 3]]);
    expect(queue.size).toBe(0);
  });

  it('drops its oldest reading when it is full, and counts it', () => {
    const queue = new ReadingQueue(3);
    fill(queue, thisBoot, 1, 5);
    expect([queue.size, queue.dropped]).toEqual([3, 2]);
    expect(sequences(queue.nextBatch())).toEqual([5, 3, 4]);
  });

  it('holds the newest reading alone when it has room for one', () => {
    const queue = new ReadingQueue(1);
    fill(queue, thisBoot, 1, 2);
    expect([queue.dropped, sequences(queue.nextBatch())]).toEqual([1, [2]]);
    expect(() => new ReadingQueue(0)).toThrow('a queue holds one reading at least');
  });

  it('does not count as lost what was dropped on its way and then receipted', () => {
    const queue = new ReadingQueue(2);
    fill(queue, thisBoot, 1, 2);
    const batch = queue.nextBatch()!;
    fill(queue, thisBoot, 3, 4);
    expect(queue.dropped).toBe(2);
    queue.free(batch);
    expect([queue.dropped, sequences(queue.nextBatch())]).toEqual([0, [4, 3]]);
  });

  it('gives out every reading once or counts it as dropped, whatever happens in which order', () => {
    const step = fc.constantFrom('sample', 'upload', 'lose the answer', 'reboot');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1, max: 100 }), (steps, capacity) => {
        const queue = new ReadingQueue(capacity);
        const receipted = new Set<string>();
        let bootId = 1n;
        let sampled = 0;
        for (const step of [...steps, ...Array<'upload'>(10).fill('upload')]) {
          if (step === 'reboot') bootId += 1n;
          if (step === 'sample') {
            sampled += 1;
            queue.push(bootId, create(ReadingSchema, { sequence: BigInt(sampled) }));
          }
          if (step !== 'upload' && step !== 'lose the answer') continue;
          const batch = queue.nextBatch();
          if (!batch || step === 'lose the answer') continue;
          expect(batch.readings.length).toBeLessThanOrEqual(64);
          queue.free(batch);
          for (const { sequence } of batch.readings) {
            const identity = `${sequence}`;
            expect(receipted.has(identity)).toBe(false);
            receipted.add(identity);
          }
        }
        while (queue.size > 0) {
          const batch = take(queue);
          for (const { sequence } of batch.readings) receipted.add(`${sequence}`);
        }
        expect(receipted.size + queue.dropped).toBe(sampled);
      }),
    );
  });
});
