import { expect, test } from 'vitest';
import { HandshakePace } from '../../src/session/handshake-pace.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('four begin at once and four in each turn, in the order in which they came', async () => {
  const pace = new HandshakePace();
  const begun: number[] = [];
  for (let one = 1; one <= 10; one += 1) void pace.turn().then(() => begun.push(one));
  await Promise.resolve();
  const seen = [begun.length];
  for (let turn = 0; turn < 2; turn += 1) {
    await nextTurn();
    seen.push(begun.length);
  }
  expect(seen).toEqual([4, 8, 10]);
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('one that comes when nobody waits begins at once', async () => {
  const pace = new HandshakePace();
  await nextTurn();
  const began = await Promise.race([pace.turn().then(() => 'at once'), nextTurn().then(() => 'a turn later')]);
  expect(began).toBe('at once');
});

test('one that comes while others wait does not go before them', async () => {
  const pace = new HandshakePace();
  const begun: string[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e']) void pace.turn().then(() => begun.push(name));
  await Promise.resolve();
  void pace.turn().then(() => begun.push('f'));
  await nextTurn();
  await nextTurn();
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});
