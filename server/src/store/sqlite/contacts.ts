import { SealpostError } from '../../errors.ts';
import { type ClockSample, isWorthKeeping } from '../../readings/clock-model.ts';
import type { ContactNote, HandshakeClaim } from '../store.ts';
import type { Write } from './group-commit.ts';
import type { SessionWrites } from './session-writes.ts';

/** So many may wait before they cause a commit of their own. */
export const lazyLimit = 1_000;
/** So many are kept while the storage fails. */
const notesLimit = 10_000;
const claimsLimit = 100_000;
const knownLimit = 100_000;

/** What the store knows of a boot already: a note that says the same again costs nothing. */
interface Known {
  readonly generation: number;
  readonly sample: ClockSample | null;
  readonly utcOffsetSeconds: number | undefined;
  readonly firmwareVersion: string | undefined;
  readonly hardware: string | undefined;
}

/** The lazy writes: what devices said on the side, and the handshakes accepted. They go into a later commit. */
export class Contacts {
  readonly #writes: SessionWrites;
  readonly #onFault: (error: unknown) => void;
  #notes: ContactNote[] = [];
  /** The latest one of each boot that is not written yet. */
  readonly #claims = new Map<string, HandshakeClaim>();
  readonly #known = new Map<string, Known>();
  #sinceLastCommit = 0;

  constructor(writes: SessionWrites, onFault: (error: unknown) => void) {
    this.#writes = writes;
    this.#onFault = onFault;
  }

  /** Whether so many wait that they need a commit of their own. */
  get pressing(): boolean {
    return this.#sinceLastCommit > lazyLimit;
  }

  note(note: ContactNote): void {
    if (this.#isKnown(note)) return;
    if (this.#notes.length >= notesLimit) {
      // Only a failing storage lets them pile up. Newer ones are worth more; a tenth at a time, as shifting is slow.
      this.#notes = this.#notes.slice(notesLimit / 10);
      this.#onFault(new Error(`the store does not take notes of devices: the oldest ${notesLimit / 10} are forgotten`));
    }
    this.#notes.push(note);
    this.#sinceLastCommit += 1;
  }

  /** Remembers the handshake, unless one of its boot at this uptime or a later one was accepted before. */
  claim(claim: HandshakeClaim, greatestWritten: number | null): boolean {
    const key = keyOf(claim);
    const waiting = this.#claims.get(key);
    const greatest = Math.max(waiting?.uptime ?? -1, greatestWritten ?? -1);
    if (claim.uptime <= greatest) return false;
    if (waiting === undefined && this.#claims.size >= claimsLimit) {
      // To forget one would be to accept its replay.
      throw new SealpostError('unavailable', "the store can't take handshakes now; try again later", {
        reason: 'too many handshakes wait to be written',
      });
    }
    this.#claims.set(key, claim);
    this.#sinceLastCommit += 1;
    return true;
  }

  /** All that waits, as members of the commit that runs now. */
  take(): Write[] {
    this.#sinceLastCommit = 0;
    const notes = this.#notes;
    this.#notes = [];
    return [...this.#claims.values()]
      .map((claim) => this.#writeOfClaim(claim))
      .concat(notes.map((note) => this.#writeOfNote(note)));
  }

  #writeOfClaim(claim: HandshakeClaim): Write {
    const done = () => this.#claims.delete(keyOf(claim));
    return {
      apply: () => this.#writes.claim(claim),
      committed: done,
      failed: (error) => {
        if (isUnavailable(error)) return;
        done();
        this.#onFault(error);
      },
    };
  }

  #writeOfNote(note: ContactNote): Write {
    let last: ClockSample | null | undefined;
    return {
      apply: () => {
        last = this.#writes.note(note);
      },
      committed: () => {
        if (last !== undefined) this.#learn(note, last);
      },
      failed: (error) => {
        if (isUnavailable(error)) this.#notes.push(note);
        else this.#onFault(error);
      },
    };
  }

  #isKnown(note: ContactNote): boolean {
    const known = this.#known.get(keyOf(note));
    if (known === undefined || known.generation !== note.generation) return false;
    const { sample, utcOffsetSeconds, firmwareVersion, hardware } = note;
    return (
      (sample === undefined || !isWorthKeeping(sample, known.sample)) &&
      (utcOffsetSeconds ?? known.utcOffsetSeconds) === known.utcOffsetSeconds &&
      (firmwareVersion ?? known.firmwareVersion) === known.firmwareVersion &&
      (hardware ?? known.hardware) === known.hardware
    );
  }

  #learn(note: ContactNote, sample: ClockSample | null): void {
    const key = keyOf(note);
    const before = this.#known.get(key);
    const known = before?.generation === note.generation ? before : undefined;
    // Set anew, it is the youngest; the oldest makes room.
    this.#known.delete(key);
    if (this.#known.size >= knownLimit) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(key, {
      generation: note.generation,
      sample: sample ?? known?.sample ?? null,
      utcOffsetSeconds: note.utcOffsetSeconds ?? known?.utcOffsetSeconds,
      firmwareVersion: note.firmwareVersion ?? known?.firmwareVersion,
      hardware: note.hardware ?? known?.hardware,
    });
  }
}

function keyOf({ deviceId, bootId }: { readonly deviceId: string; readonly bootId: bigint }): string {
  return `${deviceId}/${bootId}`;
}

function isUnavailable(error: unknown): boolean {
  return error instanceof SealpostError && error.code === 'unavailable';
}
