import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Site } from './site.ts';
import { expectNoProblems, test } from './site-test.ts';

const live = '.link-state[data-state="live"]';

async function siteWithDevice(site: Site) {
  const device = await site.device('a-device-whose-id-is-as-long-a-2');
  await device.sendAll([{ ago: 0, temperatureCelsius: 21 }], {
    queuedReadings: 12,
    droppedReadings: 3n,
    freeHeapBytes: 100_000,
    rssiDbm: -61,
  });
}

/** What has the focus: the text or label of a control, as a screen reader names it. */
function focused(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    const element = document.activeElement;
    if (element.matches('input')) return element.labels[0].innerText;
    return element.getAttribute('aria-label') ?? element.innerText;
  })()`);
}

async function walk(page: Page, steps: number): Promise<string[]> {
  const names: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    await page.keyboard.press('Tab');
    names.push((await focused(page)).trim());
  }
  return names;
}

test('all of it can be reached by keyboard, in the order in which it is read', async ({ site }) => {
  await siteWithDevice(site);
  const page = await site.visit();
  await page.waitForSelector(live);
  expect(await walk(page, 4)).toEqual([
    'Skip to the content',
    'sealpost',
    'Sign in',
    'a-device-whose-id-is-as-long-a-2',
  ]);
  await page.keyboard.press('Enter');
  await page.waitForSelector('h1:text-is("a-device-whose-id-is-as-long-a-2")');
  await page.waitForSelector('.chart canvas');
  expect(await focused(page)).toBe('a-device-whose-id-is-as-long-a-2');
  expect(await walk(page, 7)).toEqual([
    '1 h',
    'CSV',
    'As a table',
    'As a table',
    'As a table',
    'As a table',
    'As a table',
  ]);
  const outline = await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`);
  expect(outline).not.toBe('none');
  expectNoProblems(site);
});

test('nothing is wider than a phone', async ({ site }) => {
  await siteWithDevice(site);
  const page = await site.visit('', { viewport: { width: 360, height: 740 } });
  const excess = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  await page.waitForSelector(live);
  expect(await excess()).toBe(0);
  await page.getByRole('link', { name: 'a-device' }).click();
  await page.waitForSelector('.chart canvas');
  expect(await excess()).toBe(0);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.waitForSelector('h1:text-is("Sign in")');
  expect(await excess()).toBe(0);
  expectNoProblems(site);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`text stands out from its ground in the ${colorScheme} scheme`, async ({ site }) => {
    await siteWithDevice(site);
    const page = await site.visit('#/device/a-device-whose-id-is-as-long-a-2', { colorScheme });
    await page.waitForSelector('.chart canvas');
    await page.waitForSelector(live);
    // WCAG 2.2, 1.4.3: 4.5 for text; 1.4.11: 3 for lines and marks.
    expect(await contrasts(page, ['--ink', '--muted', '--accent', '--warn', '--bad', '--good'])).toEqual([]);
    expect(await contrasts(page, ['--series-1', '--series-2', '--series-3'], 3)).toEqual([]);
    expectNoProblems(site);
  });
}

/** The colours that contrast less than `least` with one of the grounds. */
function contrasts(page: Page, colours: readonly string[], least = 4.5): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const style = getComputedStyle(document.documentElement);
    const luminance = (name) => {
      const parts = style.getPropertyValue(name).match(/[0-9a-f]{2}/gi).slice(0, 3).map((part) => parseInt(part, 16) / 255);
      const [red, green, blue] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const low = [];
    for (const ground of ['--ground', '--surface', '--sunken']) for (const colour of ${JSON.stringify(colours)}) {
      const [one, other] = [luminance(ground), luminance(colour)].sort((a, b) => b - a);
      const ratio = (one + 0.05) / (other + 0.05);
      if (ratio < ${least}) low.push(colour + ' on ' + ground + ' ' + ratio.toFixed(2));
    }
    return low;
  })()`);
}
