import { create } from '@bufbuild/protobuf';
import {
  type AggregateReadingsResponse,
  type Device,
  DeviceSchema,
  type GetDeviceResponse,
  type StoredReading,
} from '#gen/reading_service_pb.js';
import { BucketWindow } from './buckets.ts';
import { glance, glanceValue, quantities } from './channels.ts';
import { Chart } from './chart.ts';
import { openRevoke, openRotate } from './device-acts.ts';
import { DeviceFacts } from './device-facts.ts';
import { h, setText } from './dom.ts';
import { takeReading } from './fleet.ts';
import { contactText, type Health, healthOf, healthWords } from './health.ts';
import type { Frame, Page } from './page.ts';
import { type Range, rangePicker } from './ranges.ts';
import { deviceAddress } from './route.ts';
import { SensorCards } from './sensor-cards.ts';
import { readings } from './server.ts';
import { serverUrlFor } from './session.ts';
import { beforePaint, eachSecond } from './ticker.ts';
import { type Milliseconds, minute, second, serverNow, timestampOf } from './time.ts';
import { Watch, type WatchState } from './watch.ts';
import { decimal } from './words.ts';

const channels = quantities.flatMap((quantity) => quantity.channels);
/** Counting a device's readings is a pass over all of them. */
const factsAgainAfter = minute;
const announceAfter = minute;

/** One device: its sensors as they are now, its readings over time, and how it is doing. */
export class DevicePage implements Page {
  readonly title: string;
  readonly element: HTMLElement;
  readonly #deviceId: string;
  readonly #frame: Frame;
  readonly #state = h('span', { class: 'state' });
  readonly #contact = h('span', { class: 'contact' });
  readonly #sensors = new SensorCards();
  readonly #charts = quantities.map((quantity) => new Chart(quantity));
  readonly #chartArea: HTMLElement;
  readonly #facts = new DeviceFacts();
  readonly #revoke: HTMLButtonElement;
  readonly #watch: Watch;
  readonly #ends = new AbortController();
  #range: Range;
  #window: BucketWindow;
  /** What arrives while a window is asked for may be in its answer or not. Counted twice, it moves a mean a little. */
  readonly #loading = new Set<StoredReading[]>();
  #device: Device | undefined;
  #health: Health | undefined;
  #stopTicking: () => void = () => {};
  #isLive = false;
  #ticks = 0;

  constructor(deviceId: string, frame: Frame, chosen: Range) {
    this.#deviceId = deviceId;
    this.#frame = frame;
    this.title = deviceId;
    this.#range = chosen;
    this.#window = new BucketWindow(chosen.width, chosen.size);
    const isAdmin = frame.session.reader?.role === 'admin';
    const rotate = h(
      'button',
      { type: 'button', onclick: () => openRotate(deviceId, serverUrlFor(frame.session), this.#loadFacts) },
      'New key …',
    );
    this.#revoke = h('button', { type: 'button', onclick: () => openRevoke(deviceId, this.#loadFacts) }, 'Revoke …');
    const csv = h('a', { class: 'button', href: '#', download: '' }, 'CSV');
    csv.title = 'The readings of this time range, for a spreadsheet';
    // The range ends now, whenever now is.
    for (const event of ['pointerdown', 'focus', 'click']) csv.addEventListener(event, () => this.#aim(csv));
    this.#chartArea = h('div', { class: 'charts' }, ...this.#charts.map(({ element }) => element));
    this.element = h(
      'div',
      { class: 'device' },
      h('p', { class: 'way-back' }, h('a', { href: '#/' }, '← Devices')),
      h(
        'div',
        { class: 'page-head' },
        h(
          'div',
          {},
          h('h1', { tabindex: -1 }, deviceId),
          h('p', { class: 'page-summary' }, this.#state, this.#contact),
        ),
        isAdmin && h('div', { class: 'acts' }, rotate, this.#revoke),
      ),
      this.#sensors.element,
      h('div', { class: 'range-bar' }, h('h2', {}, 'Over time'), rangePicker(this.#range, this.#choose), csv),
      this.#chartArea,
      this.#facts.element,
    );
    this.#watch = new Watch({ deviceId, load: this.#load, onReadings: this.#take, onState: this.#heed });
  }

  start(): void {
    void this.#watch.start();
    this.#stopTicking = eachSecond(this.#tick);
    const { signal } = this.#ends;
    const recolour = () => {
      for (const chart of this.#charts) chart.recolour();
    };
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour, { signal });
  }

  stop(): void {
    this.#watch.stop();
    this.#ends.abort();
    this.#stopTicking();
    for (const chart of this.#charts) chart.close();
  }

  /** What has to be counted comes last, for the server has only one thread for a device's readings. */
  readonly #load = async (signal: AbortSignal): Promise<void> => {
    const latest = readings.listReadings({ deviceId: this.#deviceId, pageSize: 1 }, { signal });
    latest.then(({ readings: [reading] }) => reading && this.#takeLatest(reading)).catch(() => {});
    await this.#loadWindow(new BucketWindow(this.#range.width, this.#range.size), signal);
    this.#loadFacts();
  };

  /** Fills a window and shows it, unless another range was chosen meanwhile. */
  async #loadWindow(window: BucketWindow, signal: AbortSignal): Promise<void> {
    const end = (window.first(serverNow()) + window.size) * window.width;
    const arrived: StoredReading[] = [];
    this.#loading.add(arrived);
    const aggregates = await this.#aggregates(end, window, signal).finally(() => this.#loading.delete(arrived));
    if (window.width !== this.#range.width) return;
    window.load(aggregates);
    for (const reading of arrived) window.add(reading, channels);
    this.#window = window;
    this.#chartArea.dataset.range = this.#range.id;
    this.#chartArea.classList.remove('is-loading');
    this.#draw();
  }

  #aggregates(end: Milliseconds, window: BucketWindow, signal: AbortSignal): Promise<AggregateReadingsResponse> {
    return readings.aggregateReadings(
      {
        deviceId: this.#deviceId,
        startTime: timestampOf(end - window.size * window.width),
        endTime: timestampOf(end),
        buckets: { case: 'bucketCount', value: window.size },
      },
      { signal },
    );
  }

  /** A failure needs no word here: the watch notices too. */
  readonly #loadFacts = (): void => {
    const asked = readings.getDevice({ deviceId: this.#deviceId }, { signal: this.#ends.signal });
    asked.then(this.#takeFacts).catch(() => {});
  };

  readonly #takeFacts = (facts: GetDeviceResponse): void => {
    this.#facts.show(facts);
    const before = this.#device?.latestReading;
    this.#device = facts.device;
    if (this.#device && before) takeReading(this.#device, before);
    this.#drawSoon();
  };

  readonly #take = (arrived: readonly StoredReading[]): void => {
    for (const later of this.#loading) later.push(...arrived);
    for (const reading of arrived) {
      this.#window.add(reading, channels);
      this.#takeLatest(reading);
    }
    this.#drawSoon();
  };

  #takeLatest(reading: StoredReading): void {
    this.#device ??= create(DeviceSchema, { deviceId: this.#deviceId });
    takeReading(this.#device, reading);
    this.#drawSoon();
  }

  readonly #choose = (range: Range): void => {
    this.#range = range;
    history.replaceState(null, '', deviceAddress(this.#deviceId, range.id));
    this.#chartArea.classList.add('is-loading');
    this.#loadWindow(new BucketWindow(range.width, range.size), this.#ends.signal).catch(() => {});
  };

  readonly #draw = (): void => {
    const now = serverNow();
    this.#window.prune(now);
    for (const chart of this.#charts) chart.update(this.#window, now);
    this.#sensors.show(this.#device?.latestReading);
    this.#showHealth();
  };

  readonly #drawSoon = beforePaint(this.#draw);

  readonly #heed = (state: WatchState): void => {
    this.#isLive = state.kind === 'live';
    this.element.classList.toggle('is-stale', state.kind === 'lost');
    this.#frame.showState(state);
  };

  /** While nothing can be heard, the device is not taken for late. */
  readonly #tick = (): void => {
    if (!this.#isLive) return;
    this.#ticks += 1;
    if ((this.#ticks * second) % factsAgainAfter === 0) this.#loadFacts();
    // The window moves with the time, also when nothing arrives.
    if ((this.#ticks * second) % Math.max(10 * second, Math.min(this.#window.width, minute)) === 0) this.#drawSoon();
    this.#showHealth();
    if ((this.#ticks * second) % announceAfter === 0) this.#announce();
  };

  #showHealth(): void {
    const device = this.#device;
    if (device === undefined) return;
    const health = healthOf(device, this.#frame.session.sampleIntervalSeconds * second);
    this.element.dataset.health = health;
    setText(this.#state, healthWords[health]);
    setText(this.#contact, `last reading ${contactText(device)}`);
    this.#revoke.disabled = health === 'revoked';
    const isNews = health !== this.#health;
    this.#health = health;
    if (isNews) this.#announce();
  }

  /** Once a minute and when its health changes: often enough to follow by ear, and no more. */
  #announce(): void {
    const health = this.#health;
    if (health === undefined) return;
    const values = glance.map((quantity) => {
      const value = glanceValue(quantity, this.#device?.latestReading);
      return value === undefined ? undefined : `${quantity.label} ${decimal(value, 1)} ${quantity.unit}`;
    });
    const said = [`${this.#deviceId} is ${healthWords[health]}`, ...values];
    this.#frame.announce(said.filter((part) => part !== undefined).join(', '));
  }

  /** Gives the link the address of the readings of the chosen range, which ends now. */
  #aim(link: HTMLAnchorElement): void {
    const now = serverNow();
    const query = new URLSearchParams({
      device: this.#deviceId,
      from: new Date(now - this.#range.width * this.#range.size).toISOString(),
      to: new Date(now).toISOString(),
      format: 'csv',
      limit: '1000000',
    });
    link.href = `/sensor/history?${query}`;
  }
}
