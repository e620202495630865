import type { StoredReading } from '#gen/reading_service_pb.js';
import { openAddDevice } from './add-device.ts';
import { h, icon, setText } from './dom.ts';
import { Fleet } from './fleet.ts';
import { FleetDetails } from './fleet-details.ts';
import { FleetFilters } from './fleet-filters.ts';
import { columnTitles, FleetRow, fleetColumns } from './fleet-row.ts';
import { noDevicesYet } from './no-devices.ts';
import type { Frame, Page } from './page.ts';
import { serverUrlFor } from './session.ts';
import { beforePaint, eachSecond } from './ticker.ts';
import { second } from './time.ts';
import { Watch, type WatchState } from './watch.ts';
import { count, wholeNumber } from './words.ts';

const plus = 'M10 4v12M4 10h12';

/** What status devices tell comes with no reading, so the list is asked for again. */
const listAgainAfter = 15 * second;

/** All devices at a glance. */
export class FleetPage implements Page {
  readonly title = 'Devices';
  readonly element: HTMLElement;
  readonly #frame: Frame;
  readonly #fleet = new Fleet();
  readonly #rows = new Map<string, FleetRow>();
  readonly #details = new FleetDetails();
  readonly #changed = new Set<string>();
  readonly #body = h('tbody', { role: 'rowgroup' });
  readonly #content = h('div', {});
  readonly #summary = h('p', { class: 'page-summary' }, 'Loading …');
  readonly #filters = new FleetFilters(() => this.#summarize());
  readonly #cut = h('p', { class: 'hint', hidden: true });
  readonly #watch: Watch;
  #stopTicking: () => void = () => {};
  #isLive = false;
  #isListing = false;
  #ticks = 0;
  readonly #loading = new AbortController();

  constructor(frame: Frame) {
    this.#frame = frame;
    const isAdmin = frame.session.reader?.role === 'admin';
    this.element = h(
      'div',
      { class: 'fleet' },
      h(
        'div',
        { class: 'page-head' },
        h('div', {}, h('h1', { tabindex: -1 }, 'Devices'), this.#summary),
        isAdmin && h('button', { type: 'button', class: 'primary', onclick: this.#add }, icon(plus), 'Add a device'),
      ),
      this.#filters.element,
      this.#content,
      this.#cut,
    );
    this.#watch = new Watch({
      load: (signal) => {
        this.#details.forget();
        return this.#load(signal);
      },
      onReadings: this.#take,
      onState: this.#heed,
    });
  }

  start(): void {
    void this.#watch.start();
    this.#stopTicking = eachSecond(this.#tick);
  }

  stop(): void {
    this.#watch.stop();
    this.#loading.abort();
    this.#stopTicking();
  }

  readonly #load = async (signal: AbortSignal): Promise<void> => {
    await this.#fleet.load(signal);
    this.#build();
    this.#details.fill(this.#rows, this.#loading.signal);
  };

  readonly #take = (readings: readonly StoredReading[]): void => {
    const known = this.#fleet.take(readings);
    for (const id of known) this.#changed.add(id);
    for (const reading of readings) this.#rows.get(reading.deviceId)?.trend.add(reading);
    this.#draw();
    if (!this.#isListing && this.#fleet.isIncomplete(readings)) this.#listAgain();
  };

  /** Only what has changed, so that a thousand devices that report take no more than one. */
  readonly #draw = beforePaint(() => {
    for (const id of this.#changed) {
      const device = this.#fleet.devices.get(id);
      const row = this.#rows.get(id);
      if (device === undefined || row === undefined) continue;
      row.show(device, this.#sampleInterval);
      row.trend.draw();
    }
    this.#changed.clear();
    this.#summarize();
  });

  get #sampleInterval(): number {
    return this.#frame.session.sampleIntervalSeconds * second;
  }

  /** Makes the rows that are missing, takes out those whose device is gone, and shows them all anew. */
  #build(): void {
    const { devices, isCut } = this.#fleet;
    for (const id of this.#rows.keys()) if (!devices.has(id)) this.#rows.delete(id);
    for (const [id, device] of devices) {
      let row = this.#rows.get(id);
      if (row === undefined) {
        row = new FleetRow(device);
        this.#rows.set(id, row);
      }
      row.show(device, this.#sampleInterval);
    }
    const ordered = [...devices.keys()].flatMap((id) => this.#rows.get(id)?.element ?? []);
    const isSame =
      ordered.length === this.#body.children.length &&
      ordered.every((row, index) => row === this.#body.children[index]);
    if (!isSame) this.#body.replaceChildren(...ordered);
    this.#cut.hidden = !isCut;
    setText(this.#cut, `Only the first ${wholeNumber(devices.size)} devices are shown here.`);
    const isAdmin = this.#frame.session.reader?.role === 'admin';
    if (devices.size === 0) {
      if (!this.#content.querySelector('.empty')) this.#content.replaceChildren(noDevicesYet(isAdmin));
    } else if (!this.#content.querySelector('table')) this.#content.replaceChildren(this.#table());
    this.#summarize();
  }

  #table(): HTMLElement {
    return h(
      'table',
      { class: 'fleet-table', role: 'table', 'aria-label': 'Devices' },
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          ...fleetColumns.map((column) =>
            h('th', { scope: 'col', role: 'columnheader', title: columnTitles[column] }, column),
          ),
        ),
      ),
      this.#body,
    );
  }

  /** Counts by health, and hides what the filter leaves out. */
  #summarize(): void {
    const rows = [...this.#rows.values()];
    this.#filters.show(rows.map(({ health }) => health));
    for (const { element, health } of rows) element.hidden = !this.#filters.lets(health);
    const online = rows.filter(({ health }) => health === 'online').length;
    const all = rows.length > 1 ? 'all online' : 'online';
    setText(
      this.#summary,
      rows.length === 0
        ? 'None yet'
        : `${count(rows.length, 'device')}, ${online === rows.length ? all : `${online} online`}`,
    );
  }

  readonly #heed = (state: WatchState): void => {
    this.#isLive = state.kind === 'live';
    this.#content.classList.toggle('is-stale', state.kind === 'lost');
    this.#frame.showState(state);
  };

  /** While nothing can be heard, no device is taken for late. */
  readonly #tick = (): void => {
    if (!this.#isLive) return;
    for (const row of this.#rows.values()) row.tick(this.#sampleInterval);
    this.#summarize();
    this.#ticks += 1;
    if ((this.#ticks * second) % listAgainAfter === 0) this.#listAgain();
  };

  /** A failure needs no word here: the watch notices too. */
  readonly #listAgain = (): void => {
    this.#isListing = true;
    this.#load(this.#loading.signal)
      .catch(() => {})
      .finally(() => {
        this.#isListing = false;
      });
  };

  readonly #add = (): void => openAddDevice(serverUrlFor(this.#frame.session), this.#listAgain);
}
