import { ServerResponse } from 'node:http';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ReadingService, type WatchReadingsResponse } from '#gen/reading_service_pb.js';
import { storedReading } from '../readers/memory-store.ts';
import { ReadersPlace } from './readers-place.ts';

/** As JSON some 15 MB: more than what sockets take on the way, with what is kept for a watcher. */
const arrivals = 4000;
const readingsEach = 8;

let place: ReadersPlace;
beforeEach(async () => {
  place = await ReadersPlace.open();
});
afterEach(() => place.close());

it('a watcher that takes nothing while much arrives is ended, held in little, and misses nothing from its cursor', async () => {
  const limited = vi.spyOn(ServerResponse.prototype, 'setTimeout');
  let lastRead = 0;
  const { arrivalsAfter } = place.store;
  place.store.arrivalsAfter = async (...question) => {
    const found = await arrivalsAfter.apply(place.store, question);
    lastRead = found.at(-1)?.arrival ?? lastRead;
    return found;
  };
  const baseUrl = await place.listen();
  const client = createClient(
    ReadingService,
    createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false }),
  );
  const heard: number[] = [];
  let cursor = '';
  const hear = (message: WatchReadingsResponse) => {
    for (const { sequence } of message.readings) heard.push(Number(sequence));
    cursor = message.cursor;
  };
  const stream = client.watchReadings({})[Symbol.asyncIterator]();
  hear((await stream.next()).value);
  const response = limited.mock.contexts[0] as ServerResponse;
  limited.mockRestore();

  for (let arrival = 0; arrival < arrivals; arrival += 1) {
    const first = 1 + arrival * readingsEach;
    place.store.receive(...Array.from({ length: readingsEach }, (_, index) => storedReading(first + index)));
  }
  await expect.poll(() => lastRead, { timeout: 20_000 }).toBe(arrivals);
  const all = Array.from({ length: arrivals * readingsEach }, (_, index) => 1 + index);
  // Of what is on its way no more than one message is held, and that is no more than what is kept for it.
  expect(response.writableLength).toBeLessThan(3_000_000);

  const rest = async () => {
    for (let next = await stream.next(); !next.done; next = await stream.next()) hear(next.value);
  };
  const told = await rest().catch((error: unknown) => error);
  expect(told).toBeInstanceOf(ConnectError);
  expect(told).toMatchObject({
    code: Code.Aborted,
    rawMessage: 'too slow: more has arrived than is kept; watch again from the last cursor',
  });
  expect(heard.length).toBeLessThan(all.length);
  await expect.poll(() => place.readers.hub.watchers).toBe(0);

  for await (const message of client.watchReadings({ cursor })) {
    hear(message);
    if (heard.length >= all.length) break;
  }
  expect(heard).toEqual(all);
});
