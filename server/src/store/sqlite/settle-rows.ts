import type { SensorValues, TimeSource } from '../../readings/reading.ts';
import { Block, encodeBlock, type NewReading } from './block.ts';
import { Blocks, greatestBlock } from './blocks.ts';
import type { Connection } from './connection.ts';

interface Row {
  readonly boot: number;
  readonly sequence: number;
  readonly time_source: TimeSource;
  readonly uptime: number | null;
  readonly received_at: number | null;
  readonly own_time: number | null;
  readonly resolved_time: number | null;
  readonly resolved_by: 0 | 1 | 2;
  readonly [sensorColumn: string]: number | null;
}

/** A migration: readings that had a row each go into blocks, and their table goes. */
export function settleRows(connection: Connection): void {
  const blocks = new Blocks(connection);
  const rows = connection.each<Row>('SELECT *, own_time, resolved_time FROM readings ORDER BY boot, sequence');
  let arrival = 0;
  let boot: number | undefined;
  let waiting: NewReading[] = [];
  const settle = () => {
    if (boot !== undefined && waiting.length > 0) blocks.add(boot, new Block(encodeBlock(waiting)));
    waiting = [];
  };
  for (const row of rows()) {
    if (row.boot !== boot || waiting.length >= greatestBlock) settle();
    boot = row.boot;
    // In which order they arrived nobody knows any more.
    arrival += 1;
    waiting.push(readingOf(row, arrival));
  }
  settle();
  connection.execute(`
    UPDATE settings SET last_arrival = ${arrival};
    UPDATE boots SET settled_arrival = ${arrival};
    DROP TABLE readings;
  `);
}

function readingOf(row: Row, arrival: number): NewReading {
  return {
    reading: {
      sequence: row.sequence,
      timeSource: row.time_source,
      uptime: row.uptime,
      ownTime: row.own_time,
      ...sensorsOf(row),
    },
    resolution: { time: row.resolved_time, by: row.resolved_by },
    receivedAt: row.received_at,
    arrival,
  };
}

/** A sensor had all its columns or none. */
function sensorsOf(row: Row): SensorValues {
  const vector = (of: string) => ({ x: row[`${of}_x`] ?? 0, y: row[`${of}_y`] ?? 0, z: row[`${of}_z`] ?? 0 });
  const { bmp280_temperature_celsius, bmp280_pressure_pascals, mpu6050_temperature_celsius } = row;
  const { sht4x_temperature_celsius, sht4x_humidity_percent } = row;
  return {
    bmp280:
      bmp280_temperature_celsius == null || bmp280_pressure_pascals == null
        ? null
        : { temperatureCelsius: bmp280_temperature_celsius, pressurePascals: bmp280_pressure_pascals },
    mpu6050:
      mpu6050_temperature_celsius == null
        ? null
        : {
            acceleration: vector('mpu6050_acceleration'),
            angularVelocity: vector('mpu6050_angular_velocity'),
            temperatureCelsius: mpu6050_temperature_celsius,
          },
    sht4x:
      sht4x_temperature_celsius == null || sht4x_humidity_percent == null
        ? null
        : { temperatureCelsius: sht4x_temperature_celsius, humidityPercent: sht4x_humidity_percent },
  };
}
