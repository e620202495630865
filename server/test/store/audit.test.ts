import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

let place: SqlitePlace;
let database: DatabaseSync;

beforeEach(async () => {
  place = makeSqlitePlace();
  const store = await place.open();
  await store.access.appendAudit({
    at: 1,
    actor: 'ada',
    act: 'add device',
    object: 'kitchen',
    outcome: 'done',
    remoteAddress: null,
    leftOut: 0,
  });
  database = new DatabaseSync(place.database);
});
afterEach(async () => {
  database.close();
  await place.dispose();
});

const insert = "INTO audit (entry, act, outcome, left_out) VALUES (1, 'add token', 'done', 0)";

it.each([
  ['changing a line', "UPDATE audit SET actor = 'bob'"],
  ['removing a line', 'DELETE FROM audit'],
  ['replacing a line', `INSERT OR REPLACE ${insert}`],
  ['replacing a line by REPLACE', `REPLACE ${insert}`],
  ['an upsert of a line', `INSERT ${insert} ON CONFLICT (entry) DO UPDATE SET actor = 'bob'`],
])('the database refuses %s of the audit', (_what, sql) => {
  const before = database.prepare('SELECT * FROM audit').all();
  expect(() => database.exec(sql)).toThrow('the audit is only added to');
  expect(database.prepare('SELECT * FROM audit').all()).toEqual(before);
});

it('a number of a line before the first is refused', () => {
  expect(() => database.exec(`INSERT ${insert.replace('(1,', '(-1,')}`)).toThrow('CHECK constraint failed');
});
