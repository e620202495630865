import type { Device } from '#gen/reading_service_pb.js';
import { glance, glanceValue } from './channels.ts';
import { h, setText } from './dom.ts';
import { contactText, type Health, healthOf, healthWords } from './health.ts';
import { deviceAddress } from './route.ts';
import { signalBars } from './signal-bars.ts';
import { type Milliseconds, millisecondsOf } from './time.ts';
import { Trend } from './trend.ts';
import { decimal, nothing, spanText, wholeNumber } from './words.ts';

export const fleetColumns = [
  'Device',
  ...glance.map(({ label }) => label),
  'Last hour',
  'Last contact',
  'Waiting',
  'Gaps',
  'Lost',
  'Refused',
  'Clock',
  'Signal',
] as const;

/** What each column means, for who points at its head. */
export const columnTitles: Readonly<Record<string, string>> = {
  'Last contact': 'When the newest reading was received',
  Waiting: 'Readings that wait on the device for a receipt',
  'Last hour': 'Temperature',
  Gaps: 'Readings missing in the sequences: lost, or still on their way',
  Lost: 'Readings that the device had no room to keep, since it was set up',
  Refused: 'Sensor values that were impossible, stored as absent',
  Clock: "The device's clock against the server's, by the latest reading",
  Signal: 'Wi-Fi strength',
};

/** A device's row in the fleet's table; on a phone, its card. */
export class FleetRow {
  readonly element: HTMLTableRowElement;
  health: Health = 'new';
  readonly trend = new Trend();
  #device: Device;
  readonly #state = h('span', { class: 'state' });
  readonly #values = glance.map(() => h('span', { class: 'number' }));
  readonly #contact = h('span', { class: 'number' });
  readonly #waiting = h('span', { class: 'number' });
  readonly #gaps = h('span', { class: 'number is-nothing' }, nothing);
  readonly #lost = h('span', { class: 'number' });
  readonly #refused = h('span', { class: 'number' });
  readonly #clock = h('span', { class: 'number' });
  readonly #signal = signalBars();

  constructor(device: Device) {
    this.#device = device;
    const cell = (label: string, ...content: readonly Node[]) =>
      h(
        'td',
        { role: 'cell', 'data-label': label, class: `cell-${label.toLowerCase().replace(' ', '-')}` },
        ...content,
      );
    this.element = h(
      'tr',
      { role: 'row', 'data-device': device.deviceId },
      h(
        'th',
        { scope: 'row', role: 'rowheader' },
        h('a', { href: deviceAddress(device.deviceId) }, device.deviceId),
        ' ',
        this.#state,
      ),
      ...glance.map(({ label, unit }, index) =>
        cell(label, this.#values[index] ?? h('span'), h('span', { class: 'unit' }, ` ${unit}`)),
      ),
      cell('Last hour', this.trend.element),
      cell('Last contact', this.#contact),
      cell('Waiting', this.#waiting),
      cell('Gaps', this.#gaps),
      cell('Lost', this.#lost),
      cell('Refused', this.#refused),
      cell('Clock', this.#clock),
      cell('Signal', this.#signal.element),
    );
  }

  /** Shows the device as it now is; `tick` is enough when only time has passed. */
  show(device: Device, sampleInterval: Milliseconds): void {
    this.#device = device;
    const { latestReading, status, refusedSensors } = device;
    for (const [index, element] of this.#values.entries()) {
      const quantity = glance[index];
      const value = quantity && glanceValue(quantity, latestReading);
      setText(element, decimal(value, 1));
      element.classList.toggle('is-absent', value === undefined);
    }
    showCount(this.#waiting, status?.queuedReadings, 6);
    showCount(this.#lost, status?.droppedReadings, 0);
    showCount(this.#refused, refusedSensors, 0);
    setText(this.#clock, clockText(device));
    this.#signal.show(status?.rssiDbm);
    this.tick(sampleInterval);
  }

  showGaps(missing: bigint): void {
    showCount(this.#gaps, missing, 0);
  }

  tick(sampleInterval: Milliseconds): void {
    this.health = healthOf(this.#device, sampleInterval);
    this.element.dataset.health = this.health;
    setText(this.#state, healthWords[this.health]);
    setText(this.#contact, contactText(this.#device));
  }
}

/** More than `usual` of something stands out; none of it stands back. */
function showCount(element: HTMLElement, number: number | bigint | undefined, usual: number): void {
  setText(element, number === undefined ? nothing : wholeNumber(number));
  element.classList.toggle('is-trouble', number !== undefined && number > usual);
  element.classList.toggle('is-nothing', Number(number ?? 0) === 0);
}

/** Ahead (+) or behind (−), by the latest reading's own stamp. */
function clockText({ latestReading }: Device): string {
  if (latestReading === undefined) return nothing;
  const { collectedTime, ownTime } = latestReading;
  if (ownTime === undefined) return 'not set';
  if (collectedTime === undefined) return nothing;
  const ahead = millisecondsOf(ownTime) - millisecondsOf(collectedTime);
  const sign = Math.abs(ahead) < 0.05 ? '' : ahead < 0 ? '−' : '+';
  return `${sign}${spanText(ahead)}`;
}
