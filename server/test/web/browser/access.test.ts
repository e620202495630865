import { expect } from 'vitest';
import { elsewhere, type Site } from './site.ts';
import { expectNoProblems, test } from './site-test.ts';

const live = '.link-state[data-state="live"]';

async function signIn(site: Site, role: 'reader' | 'admin', address = '') {
  const token = await site.token('ada', role);
  const page = await site.visit(address, { host: elsewhere });
  await page.getByLabel('Token').fill(token);
  await page.keyboard.press('Enter');
  await page.waitForSelector(live);
  return page;
}

test('somebody from elsewhere without a token sees what to do', async ({ site }) => {
  const page = await site.visit('', { host: elsewhere });
  await page.waitForSelector('h1:text-is("Sign in")');
  expect(await page.locator('main code').innerText()).toBe('bin/sealpost token add NAME --role reader');
  await page.getByLabel('Token').fill('sealpost_wrong');
  expectNoProblems(site);
  await page.getByRole('button', { name: 'Sign in' }).click();
  expect(await page.getByRole('alert').innerText()).toMatch(/^This token is not accepted: .*\.$/);
  // A browser reports each 401.
  expectNoProblems(site, /401/);
});

test('a reader signs in, reads, and signs out', async ({ site }) => {
  const device = await site.device('greenhouse');
  await device.send(21);
  const page = await signIn(site, 'reader', '#/device/greenhouse');
  await page.waitForSelector('h1:text-is("greenhouse")');
  expect(await page.locator('.account').innerText()).toMatch(/^ada\s+Sign out$/);
  expect(await page.locator('.acts').count()).toBe(0);
  await page.reload();
  await page.waitForSelector(live);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForSelector('h1:text-is("Sign in")');
  expectNoProblems(site);
});

test('a session that the operator ends leads back to the login', async ({ site }) => {
  const page = await signIn(site, 'reader');
  await site.revokeToken('ada');
  await page.waitForSelector('h1:text-is("Sign in")');
  expectNoProblems(site, /401/);
});

test('an admin adds a device, sees its key once, and the key works', async ({ site }) => {
  const page = await signIn(site, 'admin');
  await page.getByRole('button', { name: 'Add a device' }).click();
  await page.getByLabel('Its id').fill('orchard');
  await page.keyboard.press('Enter');
  const key = await page.locator('.key code').innerText();
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
  expect(await page.locator('.steps code').allInnerTexts()).toEqual([
    'pio device monitor',
    'set device orchard',
    'set key',
    `set server http://${elsewhere}:${site.server.port}`,
    'set wifi "NAME"',
  ]);
  // Not by accident: the key is nowhere else.
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog :text("The key is shown only now.")');
  await page.getByRole('button', { name: 'I have the key' }).click();
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.waitForSelector('[data-device="orchard"][data-health="new"]');
  expect(await page.content()).not.toContain(key);
  const device = await site.connect('orchard', Buffer.from(key, 'base64'));
  await device.send(12.5);
  await page.waitForSelector('[data-device="orchard"] :text("12.5")');
  // The same id again is refused in words.
  await page.getByRole('button', { name: 'Add a device' }).click();
  await page.getByLabel('Its id').fill('orchard');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog :text("There is a device orchard already: choose another id.")');
  expectNoProblems(site, /409/);
});

test('an admin gives a device a new key, and shuts it out', async ({ site }) => {
  const device = await site.device('greenhouse');
  await device.send(21);
  const page = await signIn(site, 'admin', '#/device/greenhouse');
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByRole('button', { name: 'Make the key' }).click();
  const key = Buffer.from(await page.locator('.key code').innerText(), 'base64');
  await page.getByRole('button', { name: 'Copy the key' }).click();
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  await device.send(22);
  const renewed = await site.connect('greenhouse', key);
  await renewed.send(23);
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke it' }).click();
  await page.waitForSelector('[data-health="revoked"]');
  await expect(renewed.shakeHands()).rejects.toThrow();
  expectNoProblems(site);
});
