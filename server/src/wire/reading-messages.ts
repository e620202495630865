/** What readers/ gives, as the messages of reading_service.proto. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import {
  type DeviceSchema,
  type GetDeviceResponseSchema,
  KeyState,
  type StoredReading as StoredReadingMessage,
  StoredReadingSchema,
} from '#gen/reading_service_pb.js';
import { type DeviceInFull, type DeviceView, keyStateOf } from '../readers/device-views.ts';
import type { StoredReading } from '../store/store.ts';
import { durationOf, type Micros, timestampOf } from '../time.ts';

const keyStates = {
  new: KeyState.NEW,
  current: KeyState.CURRENT,
  rotating: KeyState.ROTATING,
  revoked: KeyState.REVOKED,
} as const;

export function readingMessage(reading: StoredReading): StoredReadingMessage {
  const { deviceId, bootId, sequence, timeSource, uptime, utcOffsetSeconds, bmp280, mpu6050, sht4x } = reading;
  return create(StoredReadingSchema, {
    deviceId,
    bootId,
    sequence: BigInt(sequence),
    timeSource,
    ...timestamp('collectedTime', reading.resolvedTime),
    ...timestamp('receivedTime', reading.receivedAt),
    ...timestamp('ownTime', reading.ownTime),
    ...duration('uptime', uptime),
    ...(utcOffsetSeconds !== null && { utcOffsetSeconds }),
    ...(bmp280 && { bmp280 }),
    ...(mpu6050 && {
      mpu6050: {
        accelerationMps2: mpu6050.acceleration,
        angularVelocityRps: mpu6050.angularVelocity,
        temperatureCelsius: mpu6050.temperatureCelsius,
      },
    }),
    ...(sht4x && { sht4x }),
  });
}

export function deviceMessage({ device, latestReading }: DeviceView): MessageInitShape<typeof DeviceSchema> {
  const { deviceId, firmwareVersion, hardware, utcOffsetSeconds, status, refusedSensors } = device;
  return {
    deviceId,
    addedTime: timestampOf(device.addedAt),
    keyState: keyStates[keyStateOf(device)],
    firmwareVersion: firmwareVersion ?? '',
    hardware: hardware ?? '',
    refusedSensors: BigInt(refusedSensors),
    ...(utcOffsetSeconds !== null && { utcOffsetSeconds }),
    ...timestamp('lastReceivedTime', device.lastReceivedAt),
    ...(status && { status }),
    ...(latestReading && { latestReading: readingMessage(latestReading) }),
  };
}

export function deviceInFullMessage(view: DeviceInFull): MessageInitShape<typeof GetDeviceResponseSchema> {
  const { device, clock } = view;
  return {
    device: deviceMessage(view),
    boots: BigInt(device.boots),
    readings: BigInt(device.readings),
    missingReadings: BigInt(device.missingReadings),
    ...(clock && {
      clock: {
        samples: clock.samples,
        ...duration('offset', clock.offset),
        ...duration('uncertainty', clock.uncertainty),
        ...(clock.driftPpm !== null && { driftPpm: clock.driftPpm }),
        ...(clock.driftUncertaintyPpm !== null && { driftUncertaintyPpm: clock.driftUncertaintyPpm }),
      },
    }),
  };
}

function timestamp<Name extends string>(name: Name, time: Micros | null): { [Key in Name]?: Timestamp } {
  return time === null ? {} : ({ [name]: timestampOf(time) } as { [Key in Name]?: Timestamp });
}

function duration<Name extends string>(name: Name, span: Micros | null): { [Key in Name]?: Duration } {
  return span === null ? {} : ({ [name]: durationOf(span) } as { [Key in Name]?: Duration });
}
