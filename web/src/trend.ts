import type { StoredReading } from '#gen/reading_service_pb.js';
import { BucketWindow } from './buckets.ts';
import { type Channel, glance } from './channels.ts';
import { h } from './dom.ts';
import { readings } from './server.ts';
import { minute, serverNow, timestampOf } from './time.ts';

const [width, height] = [92, 24];
const size = 60;
const channels: readonly Channel[] = glance[0]?.channels ?? [];

/** The last hour's temperature as a line without numbers, gaps left open. */
export class Trend {
  readonly element = h('span', { class: 'trend' });
  readonly #line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  readonly #window = new BucketWindow(minute, size);

  constructor() {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true');
    svg.append(this.#line);
    this.element.append(svg);
  }

  /** Asks the server for the hour that ends now. */
  async load(deviceId: string, signal: AbortSignal): Promise<void> {
    const end = (this.#window.first(serverNow()) + size) * minute;
    const range = { startTime: timestampOf(end - size * minute), endTime: timestampOf(end) };
    const buckets = { case: 'bucketCount', value: size } as const;
    this.#window.load(await readings.aggregateReadings({ deviceId, ...range, buckets }, { signal }));
    this.draw();
  }

  add(reading: StoredReading): void {
    this.#window.add(reading, channels);
  }

  draw(): void {
    const now = serverNow();
    this.#window.prune(now);
    const columns = channels.map((channel) => this.#window.columns(channel, now, 1).mean);
    const column = columns.find((values) => values.some((value) => value != null)) ?? [];
    const known = column.filter((value) => value != null);
    const [least, greatest] = [Math.min(...known), Math.max(...known)];
    // Half a degree fills the height at least, so that a calm hour looks calm.
    const span = Math.max(greatest - least, 0.5);
    const middle = (least + greatest) / 2;
    let path = '';
    let isDown = false;
    for (const [index, value] of column.entries()) {
      if (value === null) isDown = false;
      if (value == null) continue;
      const x = ((index + 0.5) / size) * width;
      const y = height / 2 - ((value - middle) / span) * (height - 4);
      path += `${isDown ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}${isDown ? '' : 'h0.01'}`;
      isDown = true;
    }
    this.#line.setAttribute('d', path);
  }
}
