import { SealpostError } from '../../errors.ts';
import type { ContactNote, HandshakeClaim } from '../store.ts';
import type { Write } from './group-commit.ts';
import type { SessionWrites } from './session-writes.ts';

/** So many may wait before they cause a commit of their own. */
const lazyLimit = 1_000;
/** So many are kept while the storage fails. */
const notesLimit = 10_000;
const claimsLimit = 100_000;

/** The lazy writes: what devices said on the side, and the handshakes accepted. They go into a later commit. */
export class Contacts {
  readonly #writes: SessionWrites;
  readonly #onFault: (error: unknown) => void;
  #notes: ContactNote[] = [];
  /** The latest one of each boot that is not written yet. */
  readonly #claims = new Map<string, HandshakeClaim>();
  #sinceLastCommit = 0;

  constructor(writes: SessionWrites, onFault: (error: unknown) => void) {
    this.#writes = writes;
    this.#onFault = onFault;
  }

  /** Whether so many wait that they need a commit of their own. */
  get pressing(): boolean {
    return this.#sinceLastCommit > lazyLimit;
  }

  /** Whether anything came since the last commit. */
  get waiting(): boolean {
    return this.#sinceLastCommit > 0;
  }

  /** Whether anything is left to write. */
  get any(): boolean {
    return this.#claims.size > 0 || this.#notes.length > 0;
  }

  note(note: ContactNote): void {
    if (this.#notes.length >= notesLimit) {
      // Only a failing storage lets them pile up. Newer ones are worth more; a tenth at a time, as shifting is slow.
      this.#notes = this.#notes.slice(notesLimit / 10);
      this.#onFault(new Error(`the store does not take notes of devices: the oldest ${notesLimit / 10} are forgotten`));
    }
    this.#notes.push(note);
    this.#sinceLastCommit += 1;
  }

  /** Remembers the handshake, unless one of its boot at this uptime or a later one was accepted, or `mayPass` throws. */
  claim(claim: HandshakeClaim, greatestWritten: number | null, mayPass: () => void): boolean {
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
    mayPass();
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
    return {
      apply: () => this.#writes.note(note),
      committed: () => {},
      failed: (error) => {
        if (isUnavailable(error)) this.#notes.push(note);
        else this.#onFault(error);
      },
    };
  }
}

function keyOf({ deviceId, bootId }: { readonly deviceId: string; readonly bootId: bigint }): string {
  return `${deviceId}/${bootId}`;
}

function isUnavailable(error: unknown): boolean {
  return error instanceof SealpostError && error.code === 'unavailable';
}
