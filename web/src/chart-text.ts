import type { BucketWindow } from './buckets.ts';
import type { Channel, Quantity } from './channels.ts';
import { h } from './dom.ts';
import { clockTime, day, dayText, type Milliseconds } from './time.ts';
import { decimal, nothing } from './words.ts';

/** What a chart shows, in one sentence for each channel. */
export function chartSummary(quantity: Quantity, window: BucketWindow, now: Milliseconds): readonly string[] {
  const sentences = quantity.channels
    .map((channel) => channelSummary(quantity, channel, window, now))
    .filter((sentence) => sentence !== undefined);
  return sentences.length > 0 ? sentences : ['No readings in this time.'];
}

function channelSummary(
  { channels, unit, digits, factor }: Quantity,
  channel: Channel,
  window: BucketWindow,
  now: Milliseconds,
): string | undefined {
  const [all] = window.spans(channel, now, 1);
  if (all === undefined) return undefined;
  const shown = (value: number) => decimal(value * factor, digits);
  const name = channels.length > 1 ? `${channel.label} ` : '';
  return `${name}${shown(all.min)} to ${shown(all.max)}, mean ${shown(all.mean)} ${unit}`;
}

const rows = 24;

/** The chart's window in 24 rows, the newest first. */
export function chartTable(quantity: Quantity, window: BucketWindow, now: Milliseconds): HTMLTableElement {
  const { label, unit, digits, factor, channels } = quantity;
  const columns = channels.map((channel) => window.spans(channel, now, rows));
  const start = window.first(now) * window.width;
  const span = (window.size * window.width) / rows;
  const many = channels.length > 1;
  const from = (row: number) => {
    const time = start + row * span;
    return window.size * window.width <= day ? clockTime(time) : `${dayText(time)} ${clockTime(time)}`;
  };
  return h(
    'table',
    { class: 'numbers' },
    h('caption', {}, `${label}, ${unit}: mean, least and greatest`),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, 'From'),
        ...channels.map((channel) => h('th', { scope: 'col' }, many ? channel.label : label)),
      ),
    ),
    h(
      'tbody',
      {},
      ...Array.from({ length: rows }, (_, index) => rows - 1 - index).map((row) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, from(row)),
          ...columns.map((column) => {
            const bucket = column[row];
            if (bucket === undefined) return h('td', {}, nothing);
            const shown = (value: number) => decimal(value * factor, digits);
            return h('td', {}, shown(bucket.mean), h('small', {}, ` ${shown(bucket.min)} … ${shown(bucket.max)}`));
          }),
        ),
      ),
    ),
  );
}
