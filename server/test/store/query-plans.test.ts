import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Connection } from '../../src/store/sqlite/connection.ts';
import { placesQuery } from '../../src/store/sqlite/latest-readings.ts';
import { migrations } from '../../src/store/sqlite/schema.ts';
import { lastStoredTimeQuery } from '../../src/store/sqlite/stored-times.ts';

/** What a server asks when it starts must not take longer with each reading. */
describe('no reading is looked at to find', () => {
  let database: DatabaseSync;
  beforeAll(() => {
    database = new DatabaseSync(':memory:');
    const connection = new Connection(database);
    for (const migration of migrations) {
      if (typeof migration === 'string') connection.execute(migration);
      else migration(connection);
    }
  });
  afterAll(() => database.close());

  test.each([
    ['the latest reading of every device', `${placesQuery} GROUP BY boots.boot`],
    ['the latest reading of one device', `${placesQuery} AND device = 1 GROUP BY boots.boot`],
    ['the last stored time', lastStoredTimeQuery],
  ])('%s', (_, query) => {
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${query}`).all();
    const plan = steps.map(({ detail }) => String(detail));
    expect(plan).toContainEqual(expect.stringMatching(/^(SEARCH|SCAN) blocks USING COVERING INDEX blocks_by_boot/));
    expect(plan.filter((step) => /^(SCAN|SEARCH) (blocks|clock_samples)(?!.*USING)/.test(step))).toEqual([]);
  });
});
