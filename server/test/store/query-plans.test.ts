import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placesQuery } from '../../src/store/sqlite/latest-readings.ts';
import { migrations } from '../../src/store/sqlite/schema.ts';
import { lastStoredTimeQuery } from '../../src/store/sqlite/stored-times.ts';

/** What a server asks when it starts must not take longer with each reading. */
describe('no pass over the readings is needed to find', () => {
  let database: DatabaseSync;
  beforeAll(() => {
    database = new DatabaseSync(':memory:');
    for (const migration of migrations) database.exec(migration);
  });
  afterAll(() => database.close());

  test.each([
    ['the latest reading of every device', placesQuery],
    ['the latest reading of one device', `${placesQuery} WHERE boots.device = 1`],
    ['the last stored time', lastStoredTimeQuery],
  ])('%s', (_, query) => {
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${query}`).all();
    const plan = steps.map(({ detail }) => String(detail));
    expect(plan).toContainEqual(expect.stringMatching(/^SEARCH readings USING PRIMARY KEY \(boot=\?/));
    expect(plan.filter((step) => /^SCAN (readings|clock_samples)/.test(step))).toEqual([]);
  });
});
