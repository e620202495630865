import type { FleetRow } from './fleet-row.ts';
import { readings } from './server.ts';

/** What takes the server a pass over a device's readings is asked for so many devices at most. */
const mostDevices = 50;

/** Fills in what the list does not have: the last hour's line and the gaps, device after device. */
export class FleetDetails {
  readonly #asked = new Set<string>();
  #turn: Promise<void> = Promise.resolve();

  /** Asks for those rows that have not been asked for; a failure leaves them as they are. */
  fill(rows: ReadonlyMap<string, FleetRow>, signal: AbortSignal): void {
    const next = [...rows].filter(([id]) => !this.#asked.has(id)).slice(0, mostDevices - this.#asked.size);
    for (const [id, row] of next) {
      this.#asked.add(id);
      this.#turn = this.#turn.then(() => fillRow(id, row, signal)).catch(() => {});
    }
  }

  /** After this, all are asked for anew. */
  forget(): void {
    this.#asked.clear();
  }
}

async function fillRow(deviceId: string, row: FleetRow, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await row.trend.load(deviceId, signal);
  const { missingReadings } = await readings.getDevice({ deviceId }, { signal });
  row.showGaps(missingReadings);
}
