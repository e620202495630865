import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Connection } from '../../src/store/sqlite/connection.ts';
import { GroupCommit, type Write } from '../../src/store/sqlite/group-commit.ts';
import { addDevice, batch, noon, reading } from './fixtures.ts';
import { makeSqlitePlace } from './sqlite-place.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('the group commit', () => {
  let connection: Connection;
  let lazy: Write[];
  let commits: GroupCommit;
  let did: string[];

  beforeEach(() => {
    connection = new Connection(new DatabaseSync(':memory:'));
    lazy = [];
    did = [];
    const transaction = connection.transactionUnlessBusy.bind(connection);
    vi.spyOn(connection, 'transactionUnlessBusy').mockImplementation((work) => {
      did.push('begin');
      const result = transaction(work);
      did.push('commit');
      return result;
    });
    commits = new GroupCommit({
      connection,
      maxQueued: 1000,
      takeLazy: () => lazy.splice(0),
      hasLazy: () => lazy.length > 0,
      begun: () => {},
      finish: () => () => {},
      failed: () => {},
      busyTimeoutMilliseconds: 1_000,
      sync: () => Promise.resolve(),
      onFault: () => {},
    });
  });
  afterEach(() => connection.close());

  const submit = (name: string) =>
    commits.submit(
      () => did.push(name),
      () => did.push(`${name} committed`),
    );

  test('puts what arrives in one turn of the event loop into one transaction', async () => {
    await Promise.all([submit('one'), submit('two')]);
    await submit('three');
    expect(did).toEqual([
      ...['begin', 'one', 'two', 'commit', 'one committed', 'two committed'],
      ...['begin', 'three', 'commit', 'three committed'],
    ]);
  });

  test('keeps what waited for a commit when another process is in the way of its second try', async () => {
    vi.mocked(connection.transactionUnlessBusy)
      .mockImplementationOnce((work) => {
        work();
        throw new RangeError('a mistake of the program');
      })
      .mockImplementationOnce(() => undefined);
    lazy.push({ apply: () => did.push('note'), committed: () => did.push('note committed'), failed: () => {} });
    await submit('one');
    expect(did.slice(-6)).toEqual(['begin', 'note', 'one', 'commit', 'note committed', 'one committed']);
  });

  test('takes what comes in the next turns too, until one brings nothing', async () => {
    const all = [submit('one')];
    await nextTurn();
    all.push(submit('two'));
    await nextTurn();
    all.push(submit('three'));
    await Promise.all(all);
    expect(did.slice(0, 5)).toEqual(['begin', 'one', 'two', 'three', 'commit']);
  });

  test('does not put a large group off for ever', async () => {
    const all: Promise<unknown>[] = [];
    while (!did.includes('commit')) {
      expect(all.length).toBeLessThan(300);
      all.push(submit('more'));
      await nextTurn();
    }
    await Promise.all(all);
  });

  test('resolves only after the commit', async () => {
    await submit('one').then(() => did.push('resolved'));
    expect(did).toEqual(['begin', 'one', 'commit', 'one committed', 'resolved']);
  });

  test('takes what waited first', async () => {
    const write: Write = { apply: () => did.push('note'), committed: () => did.push('noted'), failed: () => {} };
    lazy.push(write);
    await submit('one');
    expect(did).toEqual(['begin', 'note', 'one', 'commit', 'noted', 'one committed']);
  });

  test('commits nothing when nothing waits', async () => {
    await commits.close();
    expect(did).toEqual([]);
  });
});

test('notes and handshakes cause no commit, until more than 1,000 wait', async () => {
  const place = makeSqlitePlace();
  try {
    const store = await place.open();
    const owner = await addDevice(store);
    const command = await place.open();
    for (let boot = 1n; boot <= 999n; boot += 1n) await store.claimHandshake({ ...owner, bootId: boot, uptime: 1 });
    store.noteContact({ ...owner, bootId: 1n, hardware: 'esp32-s2' });
    await nextTurn();
    expect(await command.describeDevice('kitchen')).toMatchObject({ hardware: null, boots: 0 });
    store.noteContact({ ...owner, bootId: 1n, firmwareVersion: '1.2.3' });
    await nextTurn();
    expect(await command.describeDevice('kitchen')).toMatchObject({
      hardware: 'esp32-s2',
      firmwareVersion: '1.2.3',
      boots: 999,
    });
    // And from then on they are counted anew.
    store.noteContact({ ...owner, bootId: 1n, hardware: 'esp32-s3' });
    await nextTurn();
    expect(await command.describeDevice('kitchen')).toMatchObject({ hardware: 'esp32-s2' });
    await store.appendReadings({ ...owner, batch: batch([reading(1)]), receivedAt: noon });
    expect(await command.describeDevice('kitchen')).toMatchObject({ hardware: 'esp32-s3' });
  } finally {
    await place.dispose();
  }
});
