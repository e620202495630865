import type { ClockSample } from '../../readings/clock-model.ts';
import type { Micros } from '../../time.ts';
import type { AppendResult, ContactNote, HandshakeClaim, ReadingsAppend, SessionOwner } from '../store.ts';
import type { Boots } from './boots.ts';
import type { ClockSamples } from './clock-samples.ts';
import type { ReadingPlace } from './device-places.ts';
import type { Devices } from './devices.ts';
import type { Generations } from './generations.ts';
import type { KnownPlace, KnownPlaces } from './known-places.ts';
import { isLater } from './latest-readings.ts';
import type { Readings } from './readings.ts';
import type { TimeResolver } from './resolve-time.ts';

export interface Tables {
  readonly generations: Generations;
  readonly devices: Devices;
  readonly boots: Boots;
  readonly samples: ClockSamples;
  readonly readings: Readings;
  readonly times: TimeResolver;
  readonly places: KnownPlaces;
}

export interface Appended extends AppendResult {
  readonly device: number;
  readonly receivedAt: Micros | null;
  /** The latest of the readings stored, if any has a time. */
  readonly latest: ReadingPlace | null;
}

/**
 * What a commit does for a session, inside the transaction: first of all it checks that the session's key generation
 * has not ended.
 */
export class SessionWrites {
  readonly #tables: Tables;
  readonly #onResolvedAgain: (device: number) => void;

  /** `onResolvedAgain`: readings of this device that were stored before have other times now, if the commit succeeds. */
  constructor(tables: Tables, onResolvedAgain: (device: number) => void) {
    this.#tables = tables;
    this.#onResolvedAgain = onResolvedAgain;
  }

  /** Throws `unauthenticated` when the generation has ended. */
  append(append: ReadingsAppend): Appended {
    const { batch, receivedAt } = append;
    const { devices, readings, times } = this.#tables;
    const { device, boot, last } = this.#placeOf(append, batch.bootId);
    const rows = readings.append(boot, batch.readings, receivedAt, (reading) =>
      times.resolve(boot, last, reading, receivedAt),
    );
    let latest: ReadingPlace | null = null;
    for (const { reading, resolution } of rows) {
      latest = later(latest, device, boot, reading.sequence, resolution.time);
    }
    if (batch.status !== null) devices.setStatus(device, batch.status);
    // A batch that comes again says nothing new.
    if (batch.refusedSensors > 0 && rows.length > 0) devices.addRefused(device, batch.refusedSensors);
    const stored = rows.length;
    return { device, receivedAt, stored, duplicates: batch.readings.length - stored, latest };
  }

  /** Checks the generation, which becomes the current one where it was pending. */
  #placeOf(owner: SessionOwner, bootId: bigint): KnownPlace {
    const { places, generations, boots, samples } = this.#tables;
    const known = places.find(owner, bootId);
    if (known !== undefined) return known;
    const device = generations.confirm(owner);
    const boot = boots.number(device, bootId);
    const place = { deviceId: owner.deviceId, bootId, device, boot, last: samples.last(boot) };
    places.keep(owner.generation, place);
    return place;
  }

  /**
   * Stores the handshake's uptime, also when its key has ended since: the uptime stands for all handshakes of the boot,
   * those under a key that still works among them.
   */
  claim(claim: HandshakeClaim): void {
    const { generations, boots } = this.#tables;
    const device = generations.deviceNumber(claim.deviceId);
    if (device !== undefined) boots.raiseUptime(boots.number(device, claim.bootId), claim.uptime);
  }

  /** Whether a handshake of this boot at this uptime or a later one is in the database. */
  isClaimed({ deviceId, bootId, uptime }: HandshakeClaim): boolean {
    const greatest = this.#tables.boots.greatestUptime(deviceId, bootId);
    return greatest !== null && uptime <= greatest;
  }

  /** Stores what is new in the note; nothing when the generation has ended. */
  note(note: ContactNote): void {
    const device = this.#tables.generations.admit(note);
    if (device === undefined) return;
    this.#tables.devices.describe(device, note);
    if (note.sample !== undefined) this.#keepSample(device, note.bootId, note.sample);
  }

  #keepSample(device: number, bootId: bigint, sample: ClockSample): void {
    const { boots, samples, times, places } = this.#tables;
    const boot = boots.number(device, bootId);
    const last = samples.last(boot);
    if (!samples.keep(boot, sample, last)) return;
    places.forgetBoot(boot);

    if (last !== null) return;
    // The boot's first sample: what came before it gets its time now.
    if (times.resolveEarlier(boot, sample)) this.#onResolvedAgain(device);
  }
}

function later(
  latest: ReadingPlace | null,
  device: number,
  boot: number,
  sequence: number,
  time: Micros | null,
): ReadingPlace | null {
  if (time === null) return latest;
  const place = { device, boot, sequence, time };
  return latest === null || isLater(place, latest) ? place : latest;
}
