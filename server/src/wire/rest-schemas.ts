/** What the OpenAPI document says of the routes for people. */
import { deviceIdPattern } from '../session/device-id.ts';

export const historyLimits = { usual: 10_000, greatest: 1_000_000 } as const;
export const deviceLimits = { usual: 1000, greatest: 1000 } as const;

const tags = ['readings'];
const deviceId = { type: 'string', pattern: deviceIdPattern.source, example: 'greenhouse' } as const;
const onDevice = (description: string) => ({ ...deviceId, description });
const nullable = (type: string, description: string) => ({ type: [type, 'null'], description });
const time = { type: 'string', format: 'date-time' } as const;

const reading = {
  type: 'object',
  description: 'One pass over the sensors. A sensor that was absent is null.',
  properties: {
    pressure_bmp: nullable('number', 'BMP280: pressure, hPa'),
    temp_bmp: nullable('number', 'BMP280: temperature, °C'),
    ax: nullable('number', 'MPU6050: acceleration, m/s²'),
    ay: nullable('number', 'likewise'),
    az: nullable('number', 'likewise'),
    gx: nullable('number', 'MPU6050: angular velocity, rad/s'),
    gy: nullable('number', 'likewise'),
    gz: nullable('number', 'likewise'),
    temp_mpu: nullable('number', 'MPU6050: temperature, °C'),
    temp_sht4: nullable('number', 'SHT4x: temperature, °C'),
    humid_sht4: nullable('number', 'SHT4x: relative humidity, %'),
    current_time: { type: 'string', description: "When it was taken, in the device's time zone, for people" },
    device: onDevice('Who took it'),
    collected_at: { ...time, description: 'When it was taken' },
    received_at: { ...time, type: ['string', 'null'], description: 'When the server received it' },
  },
} as const;

const device = {
  type: 'object',
  description: 'A device at a glance. What it has not said or done yet is null.',
  properties: {
    device: onDevice('Its id'),
    key: { type: 'string', enum: ['new', 'current', 'rotating', 'revoked'], description: 'The state of its key' },
    added_at: { ...time, description: 'When it was added' },
    last_received_at: { ...time, type: ['string', 'null'], description: 'Last contact: the newest reading came in' },
    latest_reading_at: { ...time, type: ['string', 'null'], description: 'When the latest reading was taken' },
    firmware_version: nullable('string', "In the device's own words"),
    hardware: nullable('string', "In the device's own words"),
    utc_offset_seconds: nullable('integer', 'Its time zone: to add to UTC'),
    queued_readings: nullable('integer', 'Readings that wait on the device'),
    dropped_readings: nullable('integer', 'Readings that it lost for want of room'),
    free_heap_bytes: nullable('integer', 'Its free memory'),
    rssi_dbm: nullable('integer', 'Its Wi-Fi signal; 0 without Wi-Fi'),
    refused_sensors: { type: 'integer', description: 'Sensor values that were impossible and stored as absent' },
  },
} as const;

const failure = {
  description: 'What was wrong and what to do',
  type: 'object',
  properties: {
    code: { type: 'string', description: 'What kind of trouble', example: 'invalid_argument' },
    message: {
      type: 'string',
      description: 'Which field, what is expected',
      example: 'to: expected a time after from',
    },
  },
  required: ['code', 'message'],
} as const;

export const sensorSchema = {
  tags,
  operationId: 'getSensor',
  summary: 'The latest reading',
  querystring: { type: 'object', properties: { device: onDevice('Of this device; of all without it') } },
  response: { 200: { ...reading }, '4XX': failure },
} as const;

export const historySchema = {
  tags,
  operationId: 'getSensorHistory',
  summary: "A device's readings, oldest first",
  description: 'Streamed. The fields are those of GET /sensor; CSV has all of them but current_time, in a table.',
  querystring: {
    type: 'object',
    properties: {
      device: onDevice('Of this device'),
      from: { ...time, description: 'From this time on, RFC 3339; one day before the end without it' },
      to: { ...time, description: 'To just before this time, RFC 3339; now without it' },
      limit: {
        type: 'integer',
        minimum: 1,
        maximum: historyLimits.greatest,
        default: historyLimits.usual,
        description: 'Readings at most',
      },
      format: { type: 'string', enum: ['json', 'csv'], default: 'json', description: 'How they are written' },
    },
    required: ['device'],
  },
  response: {
    200: {
      description: 'The readings',
      content: {
        'application/json': { schema: { type: 'array', items: reading } },
        'text/csv': { schema: { type: 'string' } },
      },
    },
    '4XX': failure,
  },
} as const;

export const devicesSchema = {
  tags,
  operationId: 'getDevices',
  summary: 'The devices by their ids',
  querystring: {
    type: 'object',
    properties: {
      after: onDevice('Go on behind this device, the last one of the page before'),
      limit: {
        type: 'integer',
        minimum: 1,
        maximum: deviceLimits.greatest,
        default: deviceLimits.usual,
        description: 'Devices at most',
      },
    },
  },
  response: { 200: { type: 'array', items: device, description: 'The devices' }, '4XX': failure },
} as const;

export const metricsSchema = {
  tags,
  operationId: 'getMetrics',
  summary: 'For Prometheus: the health of the server',
  querystring: {
    type: 'object',
    properties: { devices: { type: 'string', enum: ['1'], description: "Each device's latest values as well" } },
  },
  response: {
    200: { description: "Prometheus's text format", content: { 'text/plain': { schema: { type: 'string' } } } },
    '4XX': failure,
  },
} as const;

export const loginSchema = {
  tags: ['logins'],
  operationId: 'logIn',
  summary: 'Show a token once, get a cookie',
  body: {
    type: 'object',
    properties: { token: { type: 'string', description: 'As sealpost token add has shown it' } },
    required: ['token'],
  },
  response: {
    200: {
      type: 'object',
      description: 'What the token allows',
      properties: {
        role: { type: 'string', enum: ['reader', 'admin'], description: 'Whether it may change devices, too' },
        device: {
          ...nullable('string', 'The one device that it may read; null for all'),
          pattern: deviceIdPattern.source,
        },
        token: nullable('string', "The token's name"),
      },
    },
    '4XX': failure,
  },
} as const;

export const logoutSchema = {
  tags: ['logins'],
  operationId: 'logOut',
  summary: 'End the cookie, on the server too',
  response: { 204: { type: 'null', description: 'It has ended' }, '4XX': failure },
} as const;
