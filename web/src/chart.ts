import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { BucketColumns, BucketWindow } from './buckets.ts';
import type { Quantity } from './channels.ts';
import {
  axisWidth,
  bucketTime,
  isolatedValues,
  nearestValue,
  timeLabels,
  valueLabels,
  valueRange,
} from './chart-axes.ts';
import { type Palette, readPalette } from './chart-palette.ts';
import { chartSummary, chartTable } from './chart-text.ts';
import { h, setText } from './dom.ts';
import type { Milliseconds } from './time.ts';
import { decimal } from './words.ts';

/** uPlot's columns of one channel: greatest, least, mean. */
const columnsEach = 3;
const seriesOf = (channel: number) => 1 + columnsEach * channel;

/**
 * One quantity over time: a line of means in a band from the least to the greatest value, gaps left open. Its summary and
 * its table say the same in words.
 */
export class Chart {
  readonly element: HTMLElement;
  readonly #quantity: Quantity;
  readonly #plot = h('div', { class: 'plot' });
  readonly #values: readonly HTMLElement[];
  readonly #time = h('span', { class: 'chart-time' });
  readonly #summary = h('ul', { class: 'chart-summary' });
  readonly #table = h('div', { class: 'table-scroll', tabindex: 0, role: 'region' });
  readonly #details: HTMLDetailsElement;
  readonly #resize: ResizeObserver;
  #uplot: uPlot | undefined;
  #palette: Palette;
  #columns: readonly BucketColumns[] = [];
  #now: Milliseconds = 0;
  #window: BucketWindow | undefined;

  constructor(quantity: Quantity) {
    this.#quantity = quantity;
    const { id, label, unit, channels } = quantity;
    this.#values = channels.map(() => h('span', { class: 'number' }));
    this.#table.setAttribute('aria-label', `${label}, as a table`);
    this.#details = h('details', { ontoggle: () => this.#showTable() }, h('summary', {}, 'As a table'), this.#table);
    this.element = h(
      'figure',
      { class: 'chart', 'data-quantity': id },
      h(
        'div',
        { class: 'chart-head' },
        h('h3', {}, label, ' ', h('span', { class: 'unit' }, unit)),
        h(
          'ul',
          { class: 'legend' },
          ...channels.map((channel, index) =>
            h(
              'li',
              { class: `series-${index + 1}` },
              h('span', { class: 'swatch' }),
              channel.label,
              ' ',
              this.#values[index],
            ),
          ),
        ),
        this.#time,
      ),
      this.#plot,
      h('figcaption', {}, this.#summary),
      this.#details,
    );
    this.#plot.setAttribute('aria-hidden', 'true');
    this.#palette = readPalette(channels.length);
    this.#resize = new ResizeObserver(() => this.#fit());
    this.#resize.observe(this.#plot);
  }

  /** Draws the window as it is at this time. */
  update(window: BucketWindow, now: Milliseconds): void {
    this.#window = window;
    this.#now = now;
    this.#columns = this.#quantity.channels.map((channel) => window.columns(channel, now, this.#quantity.factor));
    this.#uplot?.setData(this.#data());
    this.#showValues();
    this.#summary.replaceChildren(
      ...chartSummary(this.#quantity, window, now).map((sentence) => h('li', {}, sentence)),
    );
    this.element.classList.toggle(
      'is-empty',
      this.#columns.every(({ mean }) => mean.every((value) => value == null)),
    );
    if (this.#details.open) this.#showTable();
  }

  /** Takes the colours of the scheme that is now in use. */
  recolour(): void {
    this.#palette = readPalette(this.#quantity.channels.length);
    this.#uplot?.redraw(false, true);
  }

  close(): void {
    this.#resize.disconnect();
    this.#uplot?.destroy();
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.#plot;
    if (width === 0 || height === 0) return;
    if (this.#uplot) this.#uplot.setSize({ width, height });
    else this.#uplot = new uPlot(this.#options(width, height), this.#data(), this.#plot);
  }

  #data(): uPlot.AlignedData {
    const window = this.#window;
    if (window === undefined) return [[]];
    const first = window.first(this.#now);
    const times = Array.from({ length: window.size }, (_, index) => window.middle(first + index));
    const columns = this.#columns.flatMap(({ max, min, mean }) => [[...max], [...min], [...mean]]);
    return [times, ...columns];
  }

  #options(width: number, height: number): uPlot.Options {
    const { channels, digits } = this.#quantity;
    const colour = (pick: (palette: Palette) => string | undefined) => () => pick(this.#palette) ?? '';
    const edge: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false } };
    const axis: uPlot.Axis = {
      stroke: colour(({ ink }) => ink),
      font: this.#palette.font,
      grid: { stroke: colour(({ grid }) => grid), width: 1 },
      ticks: { show: false },
      gap: 6,
    };
    return {
      width,
      height,
      padding: [8, 20, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        sync: { key: 'time' },
        points: {
          show: true,
          size: 7,
          width: 2,
          fill: (_plot, series) => this.#palette.lines[channelOf(series)] ?? '',
        },
        dataIdx: (plot, series, index) => nearestValue(plot.data[series], index),
      },
      scales: {
        x: { time: true, range: () => this.#timeRange() },
        y: { range: (_plot, min, max) => valueRange(min, max, digits) },
      },
      series: [
        {},
        ...channels.flatMap((_, channel): uPlot.Series[] => [
          edge,
          edge,
          {
            stroke: colour(({ lines }) => lines[channel]),
            width: 1.5,
            points: { show: false, size: 3, filter: isolatedValues },
          },
        ]),
      ],
      bands: channels.map((_, channel) => ({
        series: [seriesOf(channel), seriesOf(channel) + 1],
        fill: colour(({ bands }) => bands[channel]),
      })),
      axes: [
        {
          ...axis,
          space: 64,
          size: (_plot, values) => (values?.some((value) => value.includes('\n')) ? 34 : 20),
          values: timeLabels,
        },
        { ...axis, space: 36, values: valueLabels, size: (_plot, values) => axisWidth(values) },
      ],
      hooks: { setCursor: [() => this.#showValues()] },
    };
  }

  #timeRange(): [number, number] {
    const window = this.#window;
    if (window === undefined) return [0, 1];
    const first = window.first(this.#now);
    return [(first * window.width) / 1000, ((first + window.size) * window.width) / 1000];
  }

  /** Values of the bucket under the pointer; without one, nothing: the newest stand with the sensors. */
  #showValues(): void {
    const index = this.#uplot?.cursor.idx ?? null;
    const window = this.#window;
    const isOver = index !== null && window !== undefined;
    this.#values.forEach((element, channel) => {
      const value = isOver ? (this.#columns[channel]?.mean[index] ?? undefined) : undefined;
      setText(element, isOver ? decimal(value, this.#quantity.digits) : '');
    });
    setText(this.#time, isOver ? bucketTime(window, window.first(this.#now) + index) : '');
  }

  #showTable(): void {
    if (!this.#details.open || this.#window === undefined) return;
    this.#table.replaceChildren(chartTable(this.#quantity, this.#window, this.#now));
  }
}

function channelOf(series: number): number {
  return Math.floor((series - 1) / columnsEach);
}
