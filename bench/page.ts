/**
 * What somebody waits for who looks at the page: `node bench/page.ts [READINGS]`, with Debian's chromium on the same
 * machine. It fills a device with readings of 10 s each, opens its page for each range, and sends readings that the page
 * is then to show.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { second } from '../server/src/time.ts';
import type { PageDevice } from '../server/test/web/browser/page-device.ts';
import { Site } from '../server/test/web/browser/site.ts';

const readings = Number(process.argv[2] ?? 1_000_000);
const rounds = 9;
const liveReadings = 41;

/** The browser notes on <html> when a chart has what the server gave, and when each temperature is painted. */
const noteTimes = `
  const afterPaint = (note) => requestAnimationFrame(() => setTimeout(() => note(document.documentElement.dataset)));
  let shown = '';
  new MutationObserver(() => {
    if (document.querySelector('.charts[data-range] canvas')) afterPaint((notes) => { notes.chartAt ??= performance.now(); });
    const text = document.querySelector('[data-channel="sht4x.temperature_celsius"]')?.textContent ?? '';
    if (text === shown) return;
    shown = text;
    afterPaint((notes) => {
      notes.paintedAt = performance.timeOrigin + performance.now();
      notes.painted = text;
    });
  }).observe(document, { subtree: true, childList: true, characterData: true });`;

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sealpost-page-'));
  const site = await Site.open(directory);
  try {
    const device = await site.device('greenhouse');
    await fill(device);
    print(`${readings} readings of one device, medians of ${rounds}, browser and server on one machine`);
    for (const range of ['1h', '24h', '7d', '30d']) {
      const times: number[] = [];
      for (let round = 0; round < rounds; round += 1) times.push(await firstChart(site, range));
      print(`first chart, ${range}`.padEnd(24), `${Math.round(median(times))} ms after the address was entered`);
    }
    const delays = await liveDelays(site, device);
    print(
      'upload to pixel'.padEnd(24),
      `${Math.round(median(delays))} ms, the slowest ${Math.round(Math.max(...delays))}`,
    );
    const size = readFileSync(new URL('../web/dist/page.js.gz', import.meta.url)).length;
    print('JavaScript'.padEnd(24), `${(size / 1000).toFixed(1)} KB gzipped`);
  } finally {
    await site.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function fill(device: PageDevice): Promise<void> {
  for (let sent = 0; sent < readings; sent += 64) {
    const batch = Array.from({ length: Math.min(64, readings - sent) }, (_, index) => readings - sent - index);
    await device.sendAll(
      batch.map((age) => ({ ago: age * 10 * second, temperatureCelsius: 20 + 5 * Math.sin(age / 1000) })),
    );
  }
}

async function firstChart(site: Site, range: string): Promise<number> {
  const page = await site.visit(`#/device/greenhouse/${range}`, {}, noteTimes);
  await page.waitForSelector('html[data-chart-at]');
  const time = await page.locator('html').getAttribute('data-chart-at');
  await page.context().close();
  return Number(time);
}

/** From just before a device begins to send until the frame that shows its value has been made. */
async function liveDelays(site: Site, device: PageDevice): Promise<number[]> {
  const page: Page = await site.visit('#/device/greenhouse', {}, noteTimes);
  await page.waitForSelector('.link-state[data-state="live"]');
  const delays: number[] = [];
  for (let index = 0; index < liveReadings; index += 1) {
    const temperature = 30 + index / 10;
    const text = temperature.toFixed(2);
    const began = performance.timeOrigin + performance.now();
    await device.send(temperature);
    await page.waitForSelector(`html[data-painted="${text}"]`);
    delays.push(Number(await page.locator('html').getAttribute('data-painted-at')) - began);
  }
  return delays;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

function print(...parts: string[]): void {
  process.stdout.write(`${parts.join(' ')}\n`);
}

await main();
