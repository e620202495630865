import { test as base, expect } from 'vitest';
import { newDirectory } from '../../cli/process.ts';
import { Site } from './site.ts';

/** Each test has a site of its own. */
export const test = base
  .extend('directory', () => newDirectory())
  .extend('site', async ({ directory }, { onCleanup }) => {
    const site = await Site.open(directory);
    onCleanup(() => site.close());
    return site;
  });

/** That nothing went wrong in the browser, but for what matches. */
export function expectNoProblems(site: Site, but?: RegExp): void {
  expect(site.problems.filter((problem) => !but?.test(problem))).toEqual([]);
}
