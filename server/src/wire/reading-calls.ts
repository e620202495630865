/** ReadingService from message to message: requests are checked here, answers come from readers/. */
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import {
  type AggregateReadingsRequest,
  ReadingOrder,
  type ReadingService,
  type WatchReadingsRequest,
  type WatchReadingsResponse,
} from '#gen/reading_service_pb.js';
import { deviceWithin, type Grant } from '../access/grant.ts';
import { invalidField, SealpostError } from '../errors.ts';
import { aggregateReadings, bucketsOf } from '../readers/aggregate.ts';
import { checkRange, type TimeRange, times } from '../readers/bounds.ts';
import { deviceInFull, devicesPage } from '../readers/device-views.ts';
import { laneUntil } from '../readers/reader-share.ts';
import type { Readers } from '../readers/readers.ts';
import { readingsPage } from '../readers/reading-pages.ts';
import { checkDeviceId } from '../session/device-id.ts';
import { durationOf, type Micros, microsOfDuration, microsOfTimestamp, timestampOf } from '../time.ts';
import { ArrivedMessages } from './arrived-messages.ts';
import { grantKey } from './reader-guard.ts';
import { deviceInFullMessage, deviceMessage, readingMessage } from './reading-messages.ts';

const rangeNames = { from: 'start_time', to: 'end_time' };

export function readingCalls({ store, tokens, lane, hub }: Readers): ServiceImpl<typeof ReadingService> {
  const messages = new ArrivedMessages();
  const laneOf = ({ signal }: HandlerContext) => laneUntil(signal, lane);

  return {
    async getLatestReading({ deviceId }, context) {
      const reading = await store.latestReading(deviceOrAll(deviceId, context));
      if (!reading) throw new SealpostError('not_found', 'no such device, or no reading yet');
      return { reading: readingMessage(reading) };
    },

    async listReadings({ deviceId, startTime, endTime, order, pageSize, pageToken }, context) {
      const question = {
        deviceId: oneDevice(deviceId, context),
        ...rangeOf(startTime, endTime),
        order: orderOf(order),
        pageSize,
        pageToken,
      };
      return laneOf(context).step(async () => {
        const { readings, nextPageToken } = await readingsPage(store, tokens, question);
        return { readings: readings.map(readingMessage), nextPageToken };
      });
    },

    async aggregateReadings({ deviceId, startTime, endTime, buckets }, context) {
      const device = oneDevice(deviceId, context);
      if (!startTime) throw invalidField(rangeNames.from, 'a time');
      if (!endTime) throw invalidField(rangeNames.to, 'a time');
      const range = rangeOf(startTime, endTime);
      const { start, width, count } = bucketsOf(range, bucketsWanted(buckets), rangeNames);
      const question = { deviceId: device, range, buckets: { start, width, count } };
      const channels = await aggregateReadings(store, laneOf(context), question);
      return {
        startTime: timestampOf(start),
        bucketWidth: durationOf(width),
        bucketCount: count,
        channels: channels.map(({ channel, buckets, min, mean, max, count }) => ({
          channel,
          buckets: [...buckets],
          min: [...min],
          mean: [...mean],
          max: [...max],
          count: [...count],
        })),
      };
    },

    async *watchReadings(
      { deviceId, cursor }: WatchReadingsRequest,
      context: HandlerContext,
    ): AsyncGenerator<WatchReadingsResponse> {
      const question = { deviceId: deviceOrAll(deviceId, context), cursor };
      const format = context.requestHeader.get('content-type')?.includes('json') ? 'json' : 'binary';
      for await (const message of hub.watch(question, grantIn(context), context.signal)) {
        yield messages.message(message, format);
      }
    },

    async listDevices({ pageSize, pageToken }, context) {
      const page = { pageSize, pageToken };
      const { devices, nextPageToken } = await devicesPage(store, laneOf(context), tokens, grantIn(context), page);
      return { devices: devices.map(deviceMessage), nextPageToken };
    },

    async getDevice({ deviceId }, context) {
      const device = oneDevice(deviceId, context);
      return laneOf(context).step(async () => deviceInFullMessage(await deviceInFull(store, device)));
    },
  };
}

function grantIn(context: HandlerContext): Grant {
  const grant = context.values.get(grantKey);
  if (!grant) throw new Error('ReadingService has no guard');
  return grant;
}

function oneDevice(deviceId: string, context: HandlerContext): string {
  checkDeviceId(deviceId);
  deviceWithin(grantIn(context), deviceId);
  return deviceId;
}

function deviceOrAll(deviceId: string, context: HandlerContext): string | undefined {
  if (deviceId !== '') return oneDevice(deviceId, context);
  return deviceWithin(grantIn(context), undefined);
}

/** An end that is absent is open. */
function rangeOf(start: Timestamp | undefined, end: Timestamp | undefined): TimeRange {
  const range = {
    from: start ? timeOf(start, rangeNames.from) : times.first,
    to: end ? timeOf(end, rangeNames.to) : times.last,
  };
  checkRange(range, rangeNames);
  return range;
}

function timeOf(timestamp: Timestamp, name: string): Micros {
  const time = microsOfTimestamp(timestamp);
  if (time === undefined) throw invalidField(name, 'a time from 1970 on and before 2200');
  return time;
}

function orderOf(order: ReadingOrder): 'oldest first' | 'newest first' {
  if (order === ReadingOrder.OLDEST_FIRST) return 'oldest first';
  if (order === ReadingOrder.NEWEST_FIRST || order === ReadingOrder.UNSPECIFIED) return 'newest first';
  throw invalidField('order', 'a ReadingOrder');
}

function bucketsWanted(buckets: AggregateReadingsRequest['buckets']) {
  if (buckets.case === 'bucketCount') return { count: buckets.value };
  if (buckets.case === 'bucketWidth') {
    const width = microsOfDuration(buckets.value);
    if (width === undefined) throw invalidField('bucket_width', 'a duration');
    return { width };
  }
  throw invalidField('bucket_count', 'this or bucket_width');
}
