import { Budget } from '../budget.ts';
import type { AccessStore, AuditNote } from '../store/access-store.ts';
import { type Clock, type Micros, minute } from '../time.ts';

/** 20 lines at once and then one in 10 minutes: 5 MB in a year of somebody who never stops. */
const lines = { burst: 20, interval: 10 * minute } as const;

export interface RefusedActsOptions {
  readonly store: AccessStore;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly now: () => Micros | null;
}

/**
 * Writes into the audit what was refused. Anyone can cause refusals and nothing is ever removed from the audit, so only
 * some get a line; each says how many had none since the last.
 */
export class RefusedActs {
  readonly #options: RefusedActsOptions;
  readonly #lines: Budget;

  constructor(options: RefusedActsOptions) {
    this.#options = options;
    this.#lines = new Budget({ clock: options.clock, ...lines });
  }

  async note(refused: Pick<AuditNote, 'actor' | 'act' | 'object' | 'remoteAddress'>): Promise<void> {
    const leftOut = this.#lines.take();
    if (leftOut === undefined) return;
    const { store, now } = this.#options;
    await store.appendAudit({ at: now(), ...refused, outcome: 'refused', leftOut });
  }
}
