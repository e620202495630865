import { expect } from 'vitest';
import { hour, minute } from '../../../src/time.ts';
import { addDevice } from '../../cli/process.ts';
import { expectNoProblems, test } from './site-test.ts';

const live = '.link-state[data-state="live"]';

test('an empty fleet says what to do next', async ({ site }) => {
  const page = await site.visit();
  await page.waitForSelector('h2:text-is("No device yet")');
  expect(await page.locator('.empty code').allInnerTexts()).toEqual([
    'bin/sealpost device add greenhouse',
    'bin/sealpost simulate --devices 1',
  ]);
  expect(await page.title()).toBe('Devices · sealpost');
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  expectNoProblems(site);
});

test('the fleet shows each device with its values and its health', async ({ site }) => {
  await addDevice(site.dataDirectory, 'attic');
  const cellar = await site.device('cellar');
  const greenhouse = await site.device('greenhouse');
  await cellar.sendAll([{ ago: 0, temperatureCelsius: 11.24, bmp280: undefined }], {
    queuedReadings: 42,
    droppedReadings: 7n,
    freeHeapBytes: 100_000,
    rssiDbm: -80,
  });
  await greenhouse.send(21.37);
  const page = await site.visit();
  await page.waitForSelector(live);
  // The gaps come after the rest, device after device.
  await page.waitForSelector('[data-device="greenhouse"] .cell-gaps :text-is("0")');
  const rows = await page.locator('tbody tr').allInnerTexts();
  expect(rows.map((row) => row.replace(/\s+/g, ' ').replace(/\d+ s ago/, 'ago'))).toEqual([
    'attic not seen yet – – – never – 0 – 0 – –',
    expect.stringMatching(/^cellar online 11\.2 °C 45\.7 % – ago 42 0 7 0 not set −80 dBm$/),
    expect.stringMatching(/^greenhouse online 21\.4 °C 45\.7 % 1013\.3 hPa ago – 0 – 0 not set –$/),
  ]);
  await page.getByRole('button', { name: 'Online' }).click();
  expect(await page.locator('tbody tr:visible').count()).toBe(2);
  await page.getByRole('link', { name: 'cellar' }).click();
  await page.waitForSelector('h1:text-is("cellar")');
  await page.goBack();
  await page.waitForSelector('h1:text-is("Devices")');
  expectNoProblems(site);
});

test('a reading and a new device show up as they arrive', async ({ site }) => {
  const greenhouse = await site.device('greenhouse');
  await greenhouse.send(21);
  const page = await site.visit();
  await page.waitForSelector(live);
  await greenhouse.send(24.9);
  await page.waitForSelector('[data-device="greenhouse"] :text("24.9")');
  const cellar = await site.device('cellar');
  await cellar.send(9.5);
  await page.waitForSelector('[data-device="cellar"] :text("9.5")');
  expectNoProblems(site);
});

test('a reading that comes late does not push out a newer one', async ({ site }) => {
  const greenhouse = await site.device('greenhouse');
  await greenhouse.send(21);
  const page = await site.visit();
  await page.waitForSelector(live);
  await greenhouse.sendAll([{ ago: hour, temperatureCelsius: 5 }]);
  await greenhouse.send(22);
  await page.waitForSelector('[data-device="greenhouse"] :text("22.0")');
  await greenhouse.sendAll([{ ago: minute, temperatureCelsius: 6 }]);
  const cellar = await site.device('cellar');
  await cellar.send(9.5);
  await page.waitForSelector('[data-device="cellar"] :text("9.5")');
  expect(await page.locator('[data-device="greenhouse"] .cell-temperature').innerText()).toBe('22.0 °C');
  expectNoProblems(site);
});
