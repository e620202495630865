import type { Micros } from '../../time.ts';
import type { Arrival, ReadingColumns, ReadingPosition, ReadingsQuery, StoredReading } from '../store.ts';
import type { ArrivalLog } from './arrival-log.ts';
import { Block } from './block.ts';
import type { Blocks } from './blocks.ts';
import type { Connection } from './connection.ts';
import { unsigned64 } from './integers.ts';

/** What a reading's device and boot add to it. */
export interface ReadingOwner {
  readonly device_id: string;
  readonly boot_id: string;
  readonly utc_offset_seconds: number | null;
}

interface BootRow extends ReadingOwner {
  readonly boot: number;
}

/** Blocks whose readings are given before somebody else may have a turn. */
const blocksAtATime = 16;
const nothing: ReadingColumns = { times: new Float64Array(0), channels: [] };
/** Blocks that a query for a page names at a time: enough for most pages. */
const placesAtATime = 128;

const ofDevice = 'boot IN (SELECT boot FROM boots WHERE device = ?)';
const inRange = `${ofDevice} AND last_time >= ? AND first_time < ?`;

/** Ranges of a device's readings, and what arrived behind a cursor: from blocks and from the log of arrivals. */
export class ReadingQueries {
  readonly #connection: Connection;
  readonly #log: ArrivalLog;
  readonly #blocks: Blocks;
  readonly #bootsOf;
  readonly #boot;
  readonly #oldestFirst;
  readonly #newestFirst;
  readonly #settledOf;
  readonly #next;
  readonly #arrived;
  readonly #arrivedOf;

  constructor(connection: Connection, log: ArrivalLog, blocks: Blocks) {
    this.#connection = connection;
    this.#log = log;
    this.#blocks = blocks;
    const owner =
      'boot, device_id, CAST(boot_id AS TEXT) AS boot_id, utc_offset_seconds FROM boots JOIN devices USING (device)';
    this.#bootsOf = connection.all<BootRow>(`SELECT ${owner} WHERE device = ?`);
    this.#boot = connection.one<BootRow>(`SELECT ${owner} WHERE boot = ?`);
    const places = 'SELECT block, boot, first_time, last_time FROM blocks';
    this.#oldestFirst = connection.all<RangePlace>(
      `${places} WHERE ${inRange} ORDER BY first_time, block LIMIT ${placesAtATime} OFFSET ?`,
    );
    this.#newestFirst = connection.all<RangePlace>(
      `${places} WHERE ${inRange} ORDER BY last_time DESC, block LIMIT ${placesAtATime} OFFSET ?`,
    );
    this.#settledOf = connection.all<{ boot: number; settled_arrival: number }>(
      'SELECT boot, settled_arrival FROM boots WHERE device = ?',
    );
    this.#next = connection.all<{ block: number }>(`
      SELECT block FROM blocks WHERE boot = ? AND first_sequence > ? AND last_time >= ? AND first_time < ?
      ORDER BY first_sequence LIMIT ${blocksAtATime}`);
    const arrived = 'SELECT block, boot, first_arrival FROM blocks WHERE last_arrival > ?';
    const inOrder = `ORDER BY first_arrival, block LIMIT ${placesAtATime} OFFSET ?`;
    this.#arrived = connection.all<ArrivalPlace>(`${arrived} ${inOrder}`);
    this.#arrivedOf = connection.all<ArrivalPlace>(`${arrived} AND ${ofDevice} ${inOrder}`);
  }

  /** In order of time; see Store.listReadings. */
  list(device: number, query: ReadingsQuery): readonly StoredReading[] {
    return this.#connection.snapshot(() => {
      const owners = new Map(this.#bootsOf(device).map((row) => [row.boot, row]));
      const page = new Page(query);
      for (const { boot, block } of this.#log.pendingAmong(owners.keys())) {
        const owner = owners.get(boot);
        if (owner !== undefined) page.add(block, owner);
      }
      for (const place of this.#placesFor(device, query, page.range)) {
        // They come by where they begin: behind one that begins behind the page nothing is wanted.
        if (page.isFullBefore(query.order === 'oldest first' ? place.first_time : place.last_time)) break;
        const block = this.#blocks.read(place.block);
        const owner = owners.get(place.boot);
        if (block !== undefined && owner !== undefined) page.add(block, owner);
      }
      return page.readings();
    });
  }

  *#placesFor(device: number, { order }: ReadingsQuery, { from, to }: Range): Iterable<RangePlace> {
    const ask = order === 'oldest first' ? this.#oldestFirst : this.#newestFirst;
    for (let offset = 0; ; offset += placesAtATime) {
      const places = ask(device, from, to, offset);
      yield* places;
      if (places.length < placesAtATime) return;
    }
  }

  /** See Store.readingColumns. What arrives meanwhile may be in or not. */
  *columns(device: number, from: Micros, to: Micros): Iterable<ReadingColumns> {
    // First what is pending: what is settled meanwhile would else be missed. Then it may come twice, so only what was in
    // blocks at the beginning counts.
    const { boots, pending } = this.#connection.snapshot(() => {
      const boots = new Map(this.#settledOf(device).map(({ boot, settled_arrival }) => [boot, settled_arrival]));
      return { boots, pending: Array.from(this.#log.pendingAmong(boots.keys()), ({ block }) => block) };
    });
    for (const block of pending) yield* columnsWithin(block, from, to);
    let looked = 0;
    for (const [boot, settled] of boots) {
      // By sequence: blocks may be divided meanwhile, but none ever reaches further than it did.
      for (let last = 0, more = true; more; ) {
        const blocks = this.#next(boot, last, from, to).flatMap(({ block }) => this.#blocks.read(block) ?? []);
        for (const block of blocks) yield* columnsWithin(block, from, to, settled);
        last = blocks.at(-1)?.lastSequence ?? last;
        more = blocks.length === blocksAtATime;
        looked += 1 + blocks.length;
        if (looked < blocksAtATime) continue;
        looked = 0;
        yield nothing;
      }
    }
  }

  /** See Store.arrivalsAfter. */
  arrivalsAfter(cursor: number, limit: number, device?: number): readonly Arrival[] {
    return this.#connection.snapshot(() =>
      cursor + 1 >= this.#log.first() ? this.#fromLog(cursor, limit, device) : this.#fromBlocks(cursor, limit, device),
    );
  }

  #fromLog(cursor: number, limit: number, device: number | undefined): readonly Arrival[] {
    return this.#log.since(cursor, limit, device).flatMap(({ arrival, boot, readings }) => {
      const owner = this.#boot(boot);
      if (owner === undefined) return [];
      const block = new Block(readings);
      return { arrival, deviceId: owner.device_id, readings: all(block, owner) };
    });
  }

  /** From the blocks, in the order in which they begin: each holds many arrivals, among which lie those of others. */
  #fromBlocks(cursor: number, limit: number, device: number | undefined): readonly Arrival[] {
    const end = this.#log.first() - 1;
    const arrivals = new Map<number, { deviceId: string; readings: StoredReading[] }>();
    let last = end;
    for (const place of this.#placesBehind(cursor, device)) {
      // Of what is found by now the first `limit` are the answer, unless a block that begins before them has more.
      if (arrivals.size >= limit) last = nth([...arrivals.keys()], limit);
      if (place.first_arrival > last) break;
      const [block, owner] = [this.#blocks.read(place.block), this.#boot(place.boot)];
      if (block === undefined || owner === undefined) continue;
      for (const [index, arrival] of block.arrivals.entries()) {
        if (arrival <= cursor || arrival > last) continue;
        const known = arrivals.get(arrival);
        const reading = storedReading(block, index, owner);
        if (known === undefined) arrivals.set(arrival, { deviceId: owner.device_id, readings: [reading] });
        else known.readings.push(reading);
      }
    }
    const found = [...arrivals]
      .sort(([one], [other]) => one - other)
      .slice(0, limit)
      .map(([arrival, { deviceId, readings }]) => ({ arrival, deviceId, readings }));
    return found.length < limit ? [...found, ...this.#fromLog(end, limit - found.length, device)] : found;
  }

  *#placesBehind(cursor: number, device: number | undefined): Iterable<ArrivalPlace> {
    for (let offset = 0; ; offset += placesAtATime) {
      const places = device === undefined ? this.#arrived(cursor, offset) : this.#arrivedOf(cursor, device, offset);
      yield* places;
      if (places.length < placesAtATime) return;
    }
  }
}

interface ArrivalPlace {
  readonly block: number;
  readonly boot: number;
  readonly first_arrival: number;
}

interface RangePlace {
  readonly block: number;
  readonly boot: number;
  readonly first_time: Micros;
  readonly last_time: Micros;
}

type Range = Pick<ReadingsQuery, 'from' | 'to'>;

/** The readings of a page as they are gathered, the best `limit` of them. */
class Page {
  readonly range: Range;
  readonly #query: ReadingsQuery;
  readonly #sign: 1 | -1;
  #found: { readonly position: ReadingPosition; readonly block: Block; readonly index: number; owner: ReadingOwner }[] =
    [];

  constructor(query: ReadingsQuery) {
    const { from, to, after, order } = query;
    this.#query = query;
    this.#sign = order === 'oldest first' ? 1 : -1;
    // What lies before the place to go on from need not be looked at.
    if (after === undefined) this.range = { from, to };
    else if (order === 'oldest first') this.range = { from: Math.max(from, after.time), to };
    else this.range = { from, to: Math.min(to, after.time + 1) };
  }

  add(block: Block, owner: ReadingOwner): void {
    const bootId = unsigned64(owner.boot_id);
    const { from, to } = this.range;
    const { after } = this.#query;
    for (const [index, time] of block.times.entries()) {
      // NaN, of what has no time, is not within any range.
      if (!(time >= from && time < to)) continue;
      const position = { time, bootId, sequence: block.sequences[index] ?? 0 };
      if (after !== undefined && this.#sign * compare(position, after) <= 0) continue;
      this.#found.push({ position, block, index, owner });
    }
    this.#found.sort((one, other) => this.#sign * compare(one.position, other.position));
    this.#found.length = Math.min(this.#found.length, this.#query.limit);
  }

  /** Whether nothing from `time` on, in the order asked for, has a place on the page. */
  isFullBefore(time: Micros): boolean {
    const last = this.#found[this.#query.limit - 1];
    return last !== undefined && this.#sign * (time - last.position.time) > 0;
  }

  readings(): readonly StoredReading[] {
    return this.#found.map(({ block, index, owner }) => storedReading(block, index, owner));
  }
}

/** The nth smallest. */
function nth(values: number[], n: number): number {
  return values.sort((one, other) => one - other)[n - 1] ?? Number.POSITIVE_INFINITY;
}

function compare(one: ReadingPosition, other: ReadingPosition): number {
  if (one.time !== other.time) return one.time - other.time;
  if (one.bootId !== other.bootId) return one.bootId < other.bootId ? -1 : 1;
  return one.sequence - other.sequence;
}

/** Of the readings that had arrived by then those in the range. */
function* columnsWithin(
  { times, arrivals, channels, count }: Block,
  from: Micros,
  to: Micros,
  arrivedBy = Number.POSITIVE_INFINITY,
): Iterable<ReadingColumns> {
  const inside = times.map((time, index) => Number(time >= from && time < to && (arrivals[index] ?? 0) <= arrivedBy));
  const wanted = inside.reduce((sum, one) => sum + one, 0);
  if (wanted === count) yield { times, channels };
  else if (wanted > 0) {
    const keep = <Column extends Float64Array | Float32Array>(column: Column) =>
      column.filter((_, index) => inside[index] === 1) as Column;
    yield { times: keep(times), channels: channels.map(keep) };
  }
}

function all(block: Block, owner: ReadingOwner): readonly StoredReading[] {
  return Array.from({ length: block.count }, (_, index) => storedReading(block, index, owner));
}

function storedReading(block: Block, index: number, owner: ReadingOwner): StoredReading {
  return readingWith(block.reading(index), owner);
}

/** A reading with what its device and boot add to it. */
export function readingWith(
  reading: Omit<StoredReading, 'deviceId' | 'bootId' | 'utcOffsetSeconds'>,
  owner: ReadingOwner,
): StoredReading {
  return {
    ...reading,
    deviceId: owner.device_id,
    bootId: unsigned64(owner.boot_id),
    utcOffsetSeconds: owner.utc_offset_seconds,
  };
}
