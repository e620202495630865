import { expect } from 'vitest';
import { expectNoProblems, test } from './site-test.ts';

const live = '.link-state[data-state="live"]';
const lost = '.link-state[data-state="lost"]';
const airTemperature = '[data-channel="sht4x.temperature_celsius"]';
/** What a browser says of its own accord about a server that stops, and is not there. */
const notThere = /net::ERR_|503/;

test('a page that loses its server says since when, and goes on when it is back', async ({ site }) => {
  const device = await site.device('greenhouse');
  await device.send(21);
  const page = await site.visit('#/device/greenhouse');
  await page.waitForSelector(live);
  await site.server.stop();
  await page.waitForSelector(lost);
  const notice = page.locator('.notice p');
  await notice.waitFor();
  expect(await notice.innerText()).toMatch(/^The server has not answered since \d\d:\d\d\. Trying again\. Try now$/);
  // What was there stays readable.
  expect(await page.locator(airTemperature).innerText()).toBe('21.00');
  await site.restart();
  await device.shakeHands();
  await device.send(22);
  await page
    .getByRole('button', { name: 'Try now' })
    .click({ timeout: 5000 })
    .catch(() => {});
  await page.waitForSelector(live);
  await page.waitForSelector(`${airTemperature}:text-is("22.00")`);
  await notice.waitFor({ state: 'detached' });
  await device.send(23);
  await page.waitForSelector(`${airTemperature}:text-is("23.00")`);
  expectNoProblems(site, notThere);
});

test('a page that is opened again while the server is away waits for it', async ({ site }) => {
  const page = await site.visit();
  await page.waitForSelector(live);
  await page.route('**/page-session', (route) => route.abort());
  await page.reload();
  await page.waitForSelector('.notice p');
  await page.unroute('**/page-session');
  await page.waitForSelector(live);
  expectNoProblems(site, notThere);
});

test('a tab that has slept for an hour catches up', async ({ site }) => {
  const device = await site.device('greenhouse');
  await device.send(21);
  const page = await site.visit('', { javaScriptEnabled: true });
  await page.waitForSelector(live);
  await page.clock.install();
  await page.evaluate(hide(true));
  await page.clock.fastForward('00:20');
  await page.waitForSelector('.link-state[data-state="resting"]');
  await device.send(22.5);
  await page.clock.fastForward('01:00:00');
  await page.evaluate(hide(false));
  await page.waitForSelector(live);
  await page.waitForSelector('[data-device="greenhouse"] :text("22.5")');
  await page.clock.resume();
  await device.send(23.5);
  await page.waitForSelector('[data-device="greenhouse"] :text("23.5")');
  expectNoProblems(site);
});

/** Puts the tab behind another, or back in front, as far as its scripts can tell. */
function hide(isHidden: boolean): string {
  return `Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} });
    document.dispatchEvent(new Event('visibilitychange'))`;
}
