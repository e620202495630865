import type { StoredReading } from '#gen/reading_service_pb.js';
import { type Sensor, sensors, shownValue } from './channels.ts';
import { h, setText } from './dom.ts';
import { decimal, nothing } from './words.ts';

/** A device's three sensors with their newest values. */
export class SensorCards {
  readonly element: HTMLElement;
  readonly #cards = sensors.map((sensor) => new SensorCard(sensor));

  constructor() {
    this.element = h('div', { class: 'sensors' }, ...this.#cards.map(({ element }) => element));
  }

  show(reading: StoredReading | undefined): void {
    for (const card of this.#cards) card.show(reading);
  }
}

class SensorCard {
  readonly element: HTMLElement;
  readonly #state = h('span', { class: 'sensor-state' });
  readonly #cells: readonly {
    readonly element: HTMLElement;
    readonly of: (reading: StoredReading) => string | undefined;
  }[];

  constructor({ name, what, lines }: Sensor) {
    const cells: { element: HTMLElement; of: (reading: StoredReading) => string | undefined }[] = [];
    const rows = lines.map(({ quantity, channels }) => {
      const values = channels.map((channel) => {
        const element = h('span', { class: 'number', 'data-channel': channel.name });
        const of = (reading: StoredReading) => {
          const value = shownValue(quantity, channel, reading);
          return value === undefined ? undefined : decimal(value, quantity.digits);
        };
        cells.push({ element, of });
        return channels.length > 1 ? h('span', { class: 'axis' }, h('small', {}, channel.label), element) : element;
      });
      return h(
        'div',
        { class: channels.length > 1 ? 'reading vector' : 'reading' },
        h('dt', {}, quantity.label),
        h('dd', {}, ...values, h('span', { class: 'unit' }, quantity.unit)),
      );
    });
    this.#cells = cells;
    this.element = h(
      'section',
      { class: 'card sensor', 'data-sensor': name },
      h('h2', {}, name, ' ', h('small', {}, what), this.#state),
      h('dl', {}, ...rows),
    );
  }

  show(reading: StoredReading | undefined): void {
    const texts = this.#cells.map(({ of }) => (reading === undefined ? undefined : of(reading)));
    const isAbsent = texts.every((text) => text === undefined);
    this.element.classList.toggle('is-absent', isAbsent);
    setText(this.#state, isAbsent && reading !== undefined ? 'absent' : '');
    for (const [index, { element }] of this.#cells.entries()) setText(element, texts[index] ?? nothing);
  }
}
