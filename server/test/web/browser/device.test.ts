import { expect } from 'vitest';
import { minute, second } from '../../../src/time.ts';
import type { Site } from './site.ts';
import { expectNoProblems, test } from './site-test.ts';

/** Is there once the chart has what the server gave. */
const drawn = '.charts[data-range] .chart[data-quantity="temperature"] canvas';
const airTemperature = '[data-channel="sht4x.temperature_celsius"]';

/** As much of the browser's canvas as is looked at here. */
interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
  };
}

async function hourWithGap(site: Site) {
  const device = await site.device('greenhouse', { firmwareVersion: '1.2.3', hardware: 'esp32-s2' });
  const agos = Array.from({ length: 300 }, (_, index) => (index + 1) * 10 * second);
  const outside = agos.filter((ago) => ago < 20 * minute || ago > 35 * minute);
  for (let from = 0; from < outside.length; from += 64) {
    await device.sendAll(
      outside.slice(from, from + 64).map((ago) => ({ ago, temperatureCelsius: 20 + ((ago / minute) % 5) })),
      { queuedReadings: 12, droppedReadings: 0n, freeHeapBytes: 153_600, rssiDbm: -61 },
    );
  }
  return device;
}

test('a device shows its sensors, its health and what it calls itself', async ({ site }) => {
  const device = await hourWithGap(site);
  await device.send(23.456);
  const page = await site.visit('#/device/greenhouse');
  await page.waitForSelector(drawn);
  await page.waitForSelector(`${airTemperature}:text-is("23.46")`);
  expect(await page.title()).toBe('greenhouse · sealpost');
  const sensors = await page.locator('.sensor').allInnerTexts();
  expect(sensors.map((text) => text.replace(/\s+/g, ' '))).toEqual([
    'SHT4x air Temperature 23.46 °C Humidity 45.68 %',
    'BMP280 barometer Temperature 21.46 °C Pressure 1013.25 hPa',
    'MPU6050 motion Acceleration x 0.123 y −0.500 z 9.807 m/s² Rotation x 0.0100 y 0.0000 z −0.0200 rad/s Temperature 24.50 °C',
  ]);
  const facts = await page.locator('.facts').innerText();
  for (const fact of ['−61 dBm', 'good', '150 KiB', 'esp32-s2, firmware 1.2.3', '12']) expect(facts).toContain(fact);
  expectNoProblems(site);
});

test('a gap in the readings is a gap in the chart and in the table', async ({ site }) => {
  await hourWithGap(site);
  const page = await site.visit('#/device/greenhouse');
  await page.waitForSelector(drawn);
  // Columns of the canvas in which the line's colour is, as parts of its width.
  const gap = await page.locator(drawn).evaluate((canvas: Canvas) => {
    const { width, height } = canvas;
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    const isLine = (index: number) => pixels[index] === 15 && pixels[index + 1] === 118 && pixels[index + 2] === 106;
    let [last, longest] = [-1, 0];
    for (let x = 0; x < width; x += 1) {
      for (let y = 0; y < height; y += 1) {
        if (!isLine((y * width + x) * 4)) continue;
        if (last >= 0) longest = Math.max(longest, x - last);
        last = x;
        break;
      }
    }
    return longest / width;
  });
  // 15 minutes of an hour, less what axes take.
  expect(gap).toBeGreaterThan(0.2);
  expect(gap).toBeLessThan(0.26);
  await page.locator('.chart[data-quantity="temperature"] summary').press('Enter');
  await page.waitForSelector('.chart[data-quantity="temperature"] tbody tr');
  const rows = await page.locator('.chart[data-quantity="temperature"] tbody tr').allInnerTexts();
  expect(rows).toHaveLength(24);
  expect(rows.filter((row) => /–\s+–\s+–$/.test(row)).length).toBeGreaterThanOrEqual(5);
  expectNoProblems(site);
});

test('a reading shows up as it arrives, in numbers and in the chart', async ({ site }) => {
  const device = await site.device('greenhouse');
  await device.send(21);
  const page = await site.visit('#/device/greenhouse');
  await page.waitForSelector(`${airTemperature}:text-is("21.00")`);
  await page.waitForSelector('.link-state[data-state="live"]');
  await device.send(22.5);
  await page.waitForSelector(`${airTemperature}:text-is("22.50")`);
  await page.waitForSelector('.chart[data-quantity="temperature"] .chart-summary :text("SHT4x 21.00 to 22.50")');
  // A sensor that fails is said to be absent, and shows no old number.
  await device.send(22.6, { bmp280: undefined });
  await page.waitForSelector('[data-sensor="BMP280"].is-absent :text("absent")');
  expect(await page.locator('[data-channel="bmp280.pressure_pascals"]').innerText()).toBe('–');
  expectNoProblems(site);
});

test('the range is chosen with a click or the arrows, and stays in the address', async ({ site }) => {
  const device = await hourWithGap(site);
  await device.send(21);
  const page = await site.visit('#/device/greenhouse');
  await page.waitForSelector(drawn);
  await page.getByLabel('7 d').click();
  await page.waitForSelector('.charts[data-range="7d"]');
  await page.keyboard.press('ArrowRight');
  await page.waitForSelector('.charts[data-range="30d"]');
  expect(new URL(page.url()).hash).toBe('#/device/greenhouse/30d');
  await page.reload();
  await page.waitForSelector('.charts[data-range="30d"]');
  expect(await page.locator('.segments :checked').getAttribute('value')).toBe('30d');
  expectNoProblems(site);
});

test('the CSV button gives the readings of the range', async ({ site }) => {
  const device = await site.device('greenhouse');
  await device.sendAll([
    { ago: 90 * minute, temperatureCelsius: 19 },
    { ago: minute, temperatureCelsius: 20 },
    { ago: 0, temperatureCelsius: 21 },
  ]);
  const page = await site.visit('#/device/greenhouse');
  await page.waitForSelector(drawn);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('CSV').click()]);
  const lines: string[] = [];
  for await (const chunk of await download.createReadStream()) lines.push(...String(chunk).trim().split('\r\n'));
  expect(download.suggestedFilename()).toMatch(/^sealpost-greenhouse-.*\.csv$/);
  expect(lines.slice(1).map((line) => line.includes('greenhouse'))).toEqual([true, true]);
  expectNoProblems(site);
});

test('what a device says of itself is text, never markup', async ({ site }) => {
  const device = await site.device('greenhouse', {
    firmwareVersion: '<img src=x onerror=alert()>',
    hardware: '<script>alert()</script>',
  });
  await device.send(21);
  const page = await site.visit('#/device/greenhouse');
  await page.waitForSelector(':text("<script>alert()</script>, firmware <img src=x onerror=alert()>")');
  expect(await page.locator('main img, main script').count()).toBe(0);
  expectNoProblems(site);
});

test('a device that there is not is said to be none', async ({ site }) => {
  const page = await site.visit('#/device/nowhere');
  await page.waitForSelector('h1:text-is("No such device")');
  await page.getByText('To the devices').click();
  await page.waitForSelector('h2:text-is("No device yet")');
  expectNoProblems(site, /404/);
});
