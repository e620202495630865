import { randomBytes } from 'node:crypto';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type DeviceStatusSchema,
  ReadingBatchSchema,
  type ReadingSchema,
  type UploadReceipt,
} from '#gen/reading_pb.js';
import { generateEphemeral } from '../../../src/crypto/noise.ts';
import { DeviceClient } from '../../../src/device/client.ts';
import { type Connection, connectTo } from '../../../src/device/connection.ts';
import type { DeviceDescription } from '../../../src/device/handshake.ts';
import { day, durationOf, type Micros, systemClock } from '../../../src/time.ts';
import { reading } from '../../wire-device.ts';

type Sensors = Pick<MessageInitShape<typeof ReadingSchema>, 'bmp280' | 'mpu6050' | 'sht4x'>;

/** A device on this machine's clock that has been on for so long that it has readings of a month to send. */
const uptime = () => systemClock.monotonic() + 40 * day;

/** A device that sends what a test tells it to. */
export class PageDevice {
  readonly #client: DeviceClient;
  readonly #connection: Connection;
  readonly #bootId: bigint;
  readonly #description: DeviceDescription;
  #sequence = 0;

  private constructor(client: DeviceClient, connection: Connection, bootId: bigint, description: DeviceDescription) {
    this.#description = description;
    this.#client = client;
    this.#connection = connection;
    this.#bootId = bootId;
  }

  /** Shakes hands. */
  static async connect(
    server: string,
    deviceId: string,
    deviceKey: Buffer,
    description: DeviceDescription = { firmwareVersion: '1.0.0', hardware: 'test' },
  ): Promise<PageDevice> {
    const connection = connectTo(server);
    const bootId = (1n << 32n) | BigInt(randomBytes(4).readUInt32BE());
    const client = new DeviceClient({
      transport: connection.transport,
      deviceId,
      deviceKey,
      bootId,
      uptime,
      generateEphemeral,
    });
    const device = new PageDevice(client, connection, bootId, description);
    await device.shakeHands();
    return device;
  }

  /** Makes a new session, as after the server has forgotten the last one. */
  async shakeHands(): Promise<void> {
    await this.#client.shakeHands(this.#description);
  }

  /** Sends one reading, taken now, whose air is so warm; other sensors as the test says. */
  send(temperatureCelsius: number, more: Sensors = {}): Promise<UploadReceipt> {
    return this.sendAll([{ ago: 0, temperatureCelsius, ...more }]);
  }

  /** Sends readings taken some time ago. */
  async sendAll(
    readings: readonly (Sensors & { readonly ago: Micros; readonly temperatureCelsius: number })[],
    status?: MessageInitShape<typeof DeviceStatusSchema>,
  ): Promise<UploadReceipt> {
    const made = readings.map(({ ago, temperatureCelsius, ...more }) => {
      this.#sequence += 1;
      return reading(this.#sequence, {
        uptime: durationOf(uptime() - ago),
        sht4x: { temperatureCelsius, humidityPercent: 45.678 },
        ...more,
      });
    });
    return this.#client.upload(
      create(ReadingBatchSchema, { bootId: this.#bootId, readings: made, ...(status && { status }) }),
    );
  }

  close(): void {
    this.#client.close();
    this.#connection.close();
  }
}
