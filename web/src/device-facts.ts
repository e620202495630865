import type { GetDeviceResponse } from '#gen/reading_service_pb.js';
import { h, setText } from './dom.ts';
import { signalBars } from './signal-bars.ts';
import { dateTime, millisecondsOf } from './time.ts';
import { clockSentences, count, nothing, signalQuality, wholeNumber } from './words.ts';

/** How a device is doing, besides its readings. */
export class DeviceFacts {
  readonly element: HTMLElement;
  readonly #clock = h('div', {});
  readonly #waiting = h('span', { class: 'number' });
  readonly #lost = h('span', { class: 'number' });
  readonly #missing = h('span', { class: 'number' });
  readonly #refused = h('span', { class: 'number' });
  readonly #signal = signalBars();
  readonly #signalWord = h('span', {});
  readonly #memory = h('span', { class: 'number' });
  readonly #stored = h('span', { class: 'number' });
  readonly #board = h('span', {});
  readonly #added = h('span', {});

  constructor() {
    const fact = (label: string, hint: string, ...value: readonly Node[]) =>
      h('div', { class: 'fact' }, h('dt', {}, label), h('dd', {}, ...value, hint !== '' && h('small', {}, hint)));
    this.element = h(
      'section',
      { class: 'facts card' },
      h('h2', {}, 'Health'),
      h(
        'dl',
        {},
        h('div', { class: 'fact wide' }, h('dt', {}, 'Clock'), h('dd', {}, this.#clock)),
        fact('Waiting on the device', 'for a receipt', this.#waiting),
        fact('Gaps', 'readings missing in the sequences', this.#missing),
        fact('Lost on the device', 'for want of room, since it was set up', this.#lost),
        fact('Refused', 'impossible sensor values', this.#refused),
        fact('Wi-Fi', '', this.#signal.element, this.#signalWord),
        fact('Free memory', 'on the device', this.#memory),
        fact('Stored', '', this.#stored),
        fact('Board', '', this.#board),
        fact('Added', '', this.#added),
      ),
    );
  }

  show({ device, boots, readings, missingReadings, clock }: GetDeviceResponse): void {
    this.#clock.replaceChildren(...clockSentences(clock).map((sentence) => h('p', {}, sentence)));
    const status = device?.status;
    showNumber(this.#waiting, status?.queuedReadings, 6);
    showNumber(this.#missing, missingReadings, 0);
    showNumber(this.#lost, status?.droppedReadings, 0);
    showNumber(this.#refused, device?.refusedSensors, 0);
    const dbm = status?.rssiDbm;
    this.#signal.show(dbm);
    setText(this.#signalWord, dbm === undefined || dbm === 0 ? '' : signalQuality(dbm).word);
    setText(
      this.#memory,
      status?.freeHeapBytes ? `${wholeNumber(Math.round(status.freeHeapBytes / 1024))} KiB` : nothing,
    );
    setText(this.#stored, `${count(readings, 'reading')} of ${count(boots, 'boot')}`);
    const board = [device?.hardware, device?.firmwareVersion && `firmware ${device.firmwareVersion}`];
    setText(this.#board, board.filter((part) => part !== undefined && part !== '').join(', ') || nothing);
    setText(this.#added, device?.addedTime ? dateTime(millisecondsOf(device.addedTime)) : nothing);
  }
}

function showNumber(element: HTMLElement, number: number | bigint | undefined, usual: number): void {
  setText(element, number === undefined ? nothing : wholeNumber(number));
  element.classList.toggle('is-trouble', number !== undefined && number > usual);
}
