import { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { minute, second } from '../../src/time.ts';
import { deviceSummary, noon, storedReading } from '../readers/memory-store.ts';
import { ReadersPlace } from './readers-place.ts';

let place: ReadersPlace;
beforeEach(async () => {
  place = await ReadersPlace.open();
});
afterEach(() => place.close());

const range = 'from=2026-11-22T12:00:00Z&to=2026-11-22T13:00:00Z';

describe('GET /sensor/history', () => {
  it('gives the readings of a range as JSON, in the fields of GET /sensor, oldest first', async () => {
    place.store.receive(storedReading(3), storedReading(2, { sht4x: null }), storedReading(-1));
    const latest = (await place.getJson('/sensor')).json;
    expect(await place.getJson(`/sensor/history?device=greenhouse&${range}`)).toEqual({
      status: 200,
      json: [
        {
          ...(latest as object),
          temp_sht4: null,
          humid_sht4: null,
          current_time: 'Sunday, November 22 2026 12:00:02',
          collected_at: '2026-11-22T12:00:02.000Z',
          received_at: '2026-11-22T12:00:02.010Z',
        },
        latest,
      ],
    });
  });

  it('gives them as CSV, to be saved under a name', async () => {
    place.store.receive(storedReading(2, { sht4x: null, receivedAt: null }), storedReading(3));
    const { status, headers, text } = await place.get(`/sensor/history?device=greenhouse&${range}&format=csv`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="sealpost-greenhouse-2026-11-22-to-2026-11-22.csv"',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(text.split('\r\n')).toEqual([
      'collected_at,device,temp_bmp,pressure_bmp,temp_mpu,ax,ay,az,gx,gy,gz,temp_sht4,humid_sht4,received_at',
      '2026-11-22T12:00:02.000Z,greenhouse,21.5,1013.25,24.5,0.125,-0.5,9.75,0.25,0,-0.0625,,,',
      '2026-11-22T12:00:03.000Z,greenhouse,21.5,1013.25,24.5,0.125,-0.5,9.75,0.25,0,-0.0625,21.25,45.5,2026-11-22T12:00:03.010Z',
      '',
    ]);
  });

  it('gives the last day unless told, and as many as told', async () => {
    place.clock.advance(minute);
    const before = -24 * 3600;
    place.store.receive(storedReading(before), storedReading(before + 60), storedReading(59), storedReading(60));
    const timesOf = async (query: string) => {
      const { json } = await place.getJson(`/sensor/history?device=greenhouse${query}`);
      return (json as { collected_at: string }[]).map((reading) => reading.collected_at);
    };
    expect(await timesOf('')).toEqual(['2026-11-21T12:01:00.000Z', '2026-11-22T12:00:59.000Z']);
    expect(await timesOf('&limit=1')).toEqual(['2026-11-21T12:01:00.000Z']);
    expect(await timesOf('&to=2026-11-21T12:00:00.000001Z')).toEqual(['2026-11-21T12:00:00.000Z']);
  });

  it('goes on step by step through any number of readings, with none left out and none twice', async () => {
    place.store.receive(
      ...Array.from({ length: 1000 }, (_, index) =>
        storedReading(index, { resolvedTime: noon + (index >> 2) * second }),
      ),
    );
    const { text } = await place.get(`/sensor/history?device=greenhouse&${range}&format=csv`);
    expect(text.split('\r\n')).toHaveLength(1002);
    const { json } = await place.getJson(`/sensor/history?device=greenhouse&${range}&limit=999`);
    expect(json).toHaveLength(999);
  });

  it('is an empty list when there is nothing in the range', async () => {
    place.store.receive(storedReading(-1));
    expect(await place.getJson(`/sensor/history?device=greenhouse&${range}`)).toEqual({ status: 200, json: [] });
    const { text } = await place.get(`/sensor/history?device=greenhouse&${range}&format=csv`);
    expect(text.split('\r\n')).toHaveLength(2);
  });

  it('ends half-way, and not as if it were whole, when the store fails', async () => {
    place.store.receive(...Array.from({ length: 300 }, (_, index) => storedReading(index)));
    const { listReadings } = place.store;
    let steps = 0;
    place.store.listReadings = (query) => {
      steps += 1;
      return steps === 2 ? Promise.reject(new Error('no disk')) : listReadings.call(place.store, query);
    };
    const address = await place.listen();
    const response = await fetch(`${address}/sensor/history?device=greenhouse&${range}`);
    await expect(response.text()).rejects.toThrow('terminated');
    expect(place.log).toHaveLength(1);
    expect(JSON.parse(place.log[0] ?? '')).toMatchObject({ level: 50, err: { message: 'no disk' } });
  });

  it('ends half-way as well when the token behind it does', async () => {
    let asked = 0;
    const stillValid = async () => {
      asked += 1;
      return asked < 2;
    };
    const ending = await ReadersPlace.open({ byToken: async () => ({ role: 'reader', stillValid }) });
    ending.store.receive(...Array.from({ length: 600 }, (_, index) => storedReading(index)));
    const address = await ending.listen();
    const response = await fetch(`${address}/sensor/history?device=greenhouse&${range}`, {
      headers: { authorization: 'Bearer ada' },
    });
    await expect(response.text()).rejects.toThrow('terminated');
    await ending.close();
    expect(ending.log.join('')).toContain('refused: token or login ended while it was exported');
    expect(asked).toBe(2);
  });

  describe('within a minute in which nothing was taken', () => {
    let limited: MockInstance<ServerResponse['setTimeout']>;
    beforeEach(() => {
      limited = vi.spyOn(ServerResponse.prototype, 'setTimeout');
    });
    afterEach(() => limited.mockRestore());
    const response = () => limited.mock.contexts[0] as ServerResponse;
    const minuteIsOver = () => {
      const [[milliseconds, callback] = []] = limited.mock.calls;
      expect(milliseconds).toBe(60_000);
      callback?.();
    };

    it('ends, when there was something to take', async () => {
      const readings = Array.from({ length: 256 }, (_, index) => storedReading(index));
      place.store.listReadings = async () => readings;
      const { port } = new URL(await place.listen());
      const socket = connect(Number(port), '127.0.0.1').pause();
      socket.write(`GET /sensor/history?device=greenhouse&${range}&limit=1000000 HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      await expect.poll(() => limited.mock.contexts).toHaveLength(1);
      await expect.poll(() => response().writableNeedDrain).toBe(true);
      minuteIsOver();
      expect(response().destroyed).toBe(true);
      socket.destroy();
    });

    it('goes on, when it was the server that was late', async () => {
      place.store.receive(...Array.from({ length: 600 }, (_, index) => storedReading(index)));
      const { listReadings } = place.store;
      const [asked, turn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let steps = 0;
      place.store.listReadings = async (query) => {
        steps += 1;
        if (steps === 2) asked.resolve();
        if (steps === 2) await turn.promise;
        return listReadings.call(place.store, query);
      };
      const address = await place.listen();
      const answer = await fetch(`${address}/sensor/history?device=greenhouse&${range}&format=csv`);
      await asked.promise;
      while (response().writableLength > 0) await new Promise(setImmediate);
      minuteIsOver();
      turn.resolve();
      expect((await answer.text()).split('\r\n')).toHaveLength(602);
    });
  });

  it.each([
    ['', 'device: expected the id of a device; GET /devices shows which there are'],
    ['?device=A%0d%0aSet-Cookie:%20x', 'device_id: expected 1 to 32 characters'],
    ['?device=x%27%20OR%201=1', 'device_id: expected 1 to 32 characters'],
    ['?device=a&device=b', 'device: expected once'],
    [`?device=a&from=2026-11-22T12:00:00Z&to=2026-11-22T11:00:00Z`, 'to: expected a time after from'],
    [`?device=a&from=2026-11-22T12:00:00Z&to=2026-11-22T12:00:00Z`, 'to: expected a time after from'],
    ['?device=a&from=1900-01-01T00:00:00Z', 'from: expected a time from 1970 on and before 2200'],
    ['?device=a&to=2300-01-01T00:00:00Z', 'to: expected a time after 1970 and not after 2200'],
    ['?device=a&from=yesterday', 'from: expected an RFC 3339 time such as 2026-11-22T12:00:00Z'],
    ['?device=a&from=1763812800', 'from: expected an RFC 3339 time'],
    ['?device=a&from=2026-02-30T00:00:00Z', 'from: expected an RFC 3339 time'],
    ['?device=a&limit=0', 'limit: expected 1 to 1000000'],
    ['?device=a&limit=1000001', 'limit: expected 1 to 1000000'],
    ['?device=a&limit=-1', 'limit: expected 1 to 1000000'],
    ['?device=a&limit=1e3', 'limit: expected 1 to 1000000'],
    ['?device=a&format=xlsx', 'format: expected json or csv'],
    ['?device=a&form=csv', 'query: expected no other parameters than device, from, to, limit, format'],
    ['?device=a&__proto__=x', 'query: expected no other parameters than device'],
  ])('refuses %s and says what to do', async (query, message) => {
    expect(await place.getJson(`/sensor/history${query}`)).toEqual({
      status: 400,
      json: { code: 'invalid_argument', message: expect.stringContaining(message) },
    });
  });

  it('knows no device that there is not', async () => {
    expect(await place.getJson('/sensor/history?device=nobody')).toEqual({
      status: 404,
      json: { code: 'not_found', message: expect.stringContaining('GET /devices') },
    });
  });

  it.each([
    '2026-11-22T13:00:03+01:00',
    '2026-11-22T13:00:03%2B01:00',
    '2026-11-22T07:00:03-05:00',
    '2026-11-22t12:00:03.000z',
  ])('takes %s for the same moment', async (time) => {
    place.store.receive(storedReading(2), storedReading(3), storedReading(4));
    const { json } = await place.getJson(`/sensor/history?device=greenhouse&from=${time}&to=2026-11-22T12:00:04Z`);
    expect(json).toMatchObject([{ collected_at: '2026-11-22T12:00:03.000Z' }]);
  });
});

describe('GET /devices', () => {
  it('gives the devices by their ids, each at a glance and in its own words', async () => {
    const words = '"><img src=x onerror=alert(1)>';
    place.store.devices.push(
      deviceSummary('greenhouse', {
        firmwareVersion: words,
        lastReceivedAt: noon,
        latestReadingAt: noon,
        refusedSensors: 2,
        status: { queuedReadings: 1, droppedReadings: 2n, freeHeapBytes: 3, rssiDbm: -60 },
      }),
      deviceSummary('attic', { currentGeneration: null, pendingGeneration: 4, firmwareVersion: null, hardware: null }),
    );
    const { status, headers, text } = await place.get('/devices');
    expect({ status, type: headers['content-type'], sniff: headers['x-content-type-options'] }).toEqual({
      status: 200,
      type: 'application/json; charset=utf-8',
      sniff: 'nosniff',
    });
    expect(JSON.parse(text)).toEqual([
      {
        device: 'attic',
        key: 'new',
        added_at: '2026-11-22T12:00:00.000Z',
        last_received_at: null,
        latest_reading_at: null,
        firmware_version: null,
        hardware: null,
        utc_offset_seconds: null,
        queued_readings: null,
        dropped_readings: null,
        free_heap_bytes: null,
        rssi_dbm: null,
        refused_sensors: 0,
      },
      {
        device: 'greenhouse',
        key: 'current',
        added_at: '2026-11-22T12:00:00.000Z',
        last_received_at: '2026-11-22T12:00:00.000Z',
        latest_reading_at: '2026-11-22T12:00:00.000Z',
        firmware_version: words,
        hardware: 'test',
        utc_offset_seconds: null,
        queued_readings: 1,
        dropped_readings: 2,
        free_heap_bytes: 3,
        rssi_dbm: -60,
        refused_sensors: 2,
      },
    ]);
  });

  it('goes on behind a device', async () => {
    place.store.devices.push(...['c', 'a', 'b'].map((deviceId) => deviceSummary(deviceId)));
    const idsOf = async (query: string) =>
      ((await place.getJson(`/devices${query}`)).json as { device: string }[]).map(({ device }) => device);
    expect(await idsOf('?limit=2')).toEqual(['a', 'b']);
    expect(await idsOf('?limit=2&after=b')).toEqual(['c']);
  });

  it.each(['?limit=1001', '?after=A', '?after=a&after=b', '?page=2'])('refuses %s', async (query) => {
    expect(await place.getJson(`/devices${query}`)).toMatchObject({ status: 400, json: { code: 'invalid_argument' } });
  });
});

describe('any query at all', () => {
  it('is answered or refused, and repeated by no answer', async () => {
    place.store.receive(storedReading(1));
    const name = fc.constantFrom('device', 'from', 'to', 'limit', 'format', 'after', 'page_token', 'constructor', '');
    const known = fc.constantFrom('greenhouse', '2026-11-22T12:00:00Z', '1', 'csv', 'json', '%', '9'.repeat(400));
    const value = fc.oneof(known, fc.string({ unit: 'binary' }), fc.string());
    const path = fc.constantFrom('/sensor', '/sensor/history', '/devices');
    await fc.assert(
      fc.asyncProperty(path, fc.array(fc.tuple(name, value), { maxLength: 5 }), async (url, query) => {
        const marked = query.map(([key, text]) => `${key}=${encodeURIComponent(`${text.toWellFormed()}`)}`);
        const { status, text, headers } = await place.get(`${url}?${marked.join('&')}&device=zz-secret%00`);
        expect([400, 404]).toContain(status);
        expect(Object.keys(JSON.parse(text))).toEqual(['code', 'message']);
        expect(text + JSON.stringify(headers) + place.log.join('')).not.toContain('zz-secret');
      }),
      { numRuns: 200 },
    );
  });
});
