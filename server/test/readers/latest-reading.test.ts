import { describe, expect, it } from 'vitest';
import { type LatestReading, latestReading } from '../../src/readers/latest-reading.ts';
import type { Store, StoredReading } from '../../src/store/store.ts';
import { hour, type Micros, second } from '../../src/time.ts';

const noon: Micros = Date.UTC(2026, 10, 22, 12) * 1000;

const reading: StoredReading = {
  deviceId: 'garden',
  bootId: 0xfedcba9876543210n,
  sequence: 7,
  ownTime: null,
  timeSource: 1,
  uptime: hour,
  resolvedTime: noon,
  receivedAt: noon + second,
  utcOffsetSeconds: null,
  bmp280: { temperatureCelsius: 21.347, pressurePascals: 101_325.4 },
  mpu6050: {
    acceleration: { x: 0.123_46, y: -0.5, z: 9.806_68 },
    angularVelocity: { x: 0.000_04, y: -0.000_06, z: 34.906_585 },
    temperatureCelsius: 30.004,
  },
  sht4x: { temperatureCelsius: -10.126, humidityPercent: 55.5 },
};

const flat: LatestReading = {
  pressure_bmp: 1013.25,
  temp_bmp: 21.35,
  ax: 0.1235,
  ay: -0.5,
  az: 9.8067,
  gx: 0,
  gy: -0.0001,
  gz: 34.9066,
  temp_mpu: 30,
  temp_sht4: -10.13,
  humid_sht4: 55.5,
  current_time: 'Sunday, November 22 2026 12:00:00',
  device: 'garden',
  collected_at: '2026-11-22T12:00:00.000Z',
  received_at: '2026-11-22T12:00:01.000Z',
};

/** A store of one reading, which also tells what it was asked for. */
function storeOf(stored: StoredReading | null) {
  const asked: (string | undefined)[] = [];
  const store: Pick<Store, 'latestReading'> = {
    async latestReading(deviceId) {
      asked.push(deviceId);
      return stored;
    },
  };
  return { store: store as Store, asked };
}

const latest = (about: Partial<StoredReading>) => latestReading(storeOf({ ...reading, ...about }).store);

describe('the latest reading', () => {
  it('is flat, rounded, and has these names in this order', async () => {
    const answer = await latest({});
    expect(answer).toEqual(flat);
    expect(Object.keys(answer!)).toEqual(Object.keys(flat));
  });

  it('is of all devices or of the one asked for', async () => {
    const { store, asked } = storeOf(reading);
    await latestReading(store);
    await latestReading(store, 'garden');
    expect(asked).toEqual([undefined, 'garden']);
  });

  it('is none when the store has none, or none with a time', async () => {
    expect(await latestReading(storeOf(null).store)).toBeNull();
    expect(await latest({ resolvedTime: null })).toBeNull();
  });

  it('has null for each sensor that was absent', async () => {
    expect(await latest({ bmp280: null })).toEqual({ ...flat, pressure_bmp: null, temp_bmp: null });
    const motion = { ax: null, ay: null, az: null, gx: null, gy: null, gz: null, temp_mpu: null };
    expect(await latest({ mpu6050: null })).toEqual({ ...flat, ...motion });
    expect(await latest({ sht4x: null })).toEqual({ ...flat, temp_sht4: null, humid_sht4: null });
  });

  it('has zeros where a sensor said zero', async () => {
    const answer = await latest({ sht4x: { temperatureCelsius: 0, humidityPercent: 0 } });
    expect(answer).toEqual({ ...flat, temp_sht4: 0, humid_sht4: 0 });
  });

  it('never has a negative zero', async () => {
    const tiny = { x: -0.000_04, y: -0, z: -1e-30 };
    const answer = await latest({
      mpu6050: { acceleration: tiny, angularVelocity: tiny, temperatureCelsius: -0.004 },
      sht4x: { temperatureCelsius: -0.001, humidityPercent: -0 },
    });
    const zeros = { ax: 0, ay: 0, az: 0, gx: 0, gy: 0, gz: 0, temp_mpu: 0, temp_sht4: 0, humid_sht4: 0 };
    expect(answer).toEqual({ ...flat, ...zeros });
  });

  it('is rounded as the 32-bit floats on the wire need it', async () => {
    const answer = await latest({
      sht4x: { temperatureCelsius: Math.fround(23.45), humidityPercent: Math.fround(41.1) },
    });
    expect(answer).toEqual({ ...flat, temp_sht4: 23.45, humid_sht4: 41.1 });
  });

  it('has null for a time of receipt that the server did not know', async () => {
    expect(await latest({ receivedAt: null })).toEqual({ ...flat, received_at: null });
  });

  it('has times to the millisecond', async () => {
    const answer = await latest({ resolvedTime: noon + 123_999, receivedAt: noon + 1_000_001 });
    expect(answer).toEqual({
      ...flat,
      collected_at: '2026-11-22T12:00:00.123Z',
      received_at: '2026-11-22T12:00:01.000Z',
    });
  });

  it.each([
    ['unknown', null, 'Sunday, November 22 2026 12:00:00'],
    ['UTC', 0, 'Sunday, November 22 2026 12:00:00'],
    ['UTC+1', 3600, 'Sunday, November 22 2026 13:00:00'],
    ['UTC+5:30', 19_800, 'Sunday, November 22 2026 17:30:00'],
    ['UTC+5:45', 20_700, 'Sunday, November 22 2026 17:45:00'],
    ['UTC-3:30', -12_600, 'Sunday, November 22 2026 08:30:00'],
    ['UTC-12', -43_200, 'Sunday, November 22 2026 00:00:00'],
    ['UTC+12', 43_200, 'Monday, November 23 2026 00:00:00'],
    ['UTC+14', 50_400, 'Monday, November 23 2026 02:00:00'],
    ['18 hours behind', -64_800, 'Saturday, November 21 2026 18:00:00'],
    ['a second off', -1, 'Sunday, November 22 2026 11:59:59'],
  ])('has its time in the time zone of the device: %s', async (_, utcOffsetSeconds, currentTime) => {
    expect(await latest({ utcOffsetSeconds })).toEqual({ ...flat, current_time: currentTime });
  });
});
