/**
 * Run as a process of its own: readers who ask again as soon as they are answered, and watchers. Arguments: port, device
 * with a history, how many list, aggregate and watch, and a prefix of the devices that these watch, one each; none for
 * all devices. Says when all watch, and on any message what was answered since.
 */
import { once } from 'node:events';
import { Agent, type ClientRequest, request } from 'node:http';
import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  AggregateReadingsRequestSchema,
  ListReadingsRequestSchema,
  WatchReadingsRequestSchema,
} from '#gen/reading_service_pb.js';
import { timestampOf } from '../../server/src/time.ts';

export interface CrowdAnswers {
  readonly lists: number;
  readonly aggregates: number;
  readonly watchedBytes: number;
}

const [port, history = '', lists, aggregates, watchers, watched] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const counts = { lists: 0, aggregates: 0, watchedBytes: 0 };
const month = 30 * 24 * 3600;

function post(method: string, type: string, body: Uint8Array): ClientRequest {
  return request({
    port: Number(port),
    host: '127.0.0.1',
    agent,
    method: 'POST',
    path: `/sealpost.v1.ReadingService/${method}`,
    headers: { 'content-type': type, 'content-length': body.length },
  }).end(body);
}

async function answer(call: ClientRequest) {
  const [response] = await once(call, 'response');
  if (response.statusCode !== 200) throw new Error(`a reader was answered with ${response.statusCode}`);
  return response;
}

async function askForEver<Schema extends DescMessage>(
  count: 'lists' | 'aggregates',
  method: string,
  schema: Schema,
  question: () => MessageInitShape<Schema>,
): Promise<never> {
  for (;;) {
    const body = toBinary(schema, create(schema, question()));
    const response = await answer(post(method, 'application/proto', body));
    await once(response.resume(), 'end');
    counts[count] += 1;
  }
}

async function watch(deviceId: string): Promise<void> {
  const message = toBinary(WatchReadingsRequestSchema, create(WatchReadingsRequestSchema, { deviceId }));
  const envelope = Buffer.alloc(5);
  envelope.writeUInt32BE(message.length, 1);
  const response = await answer(post('WatchReadings', 'application/connect+proto', Buffer.concat([envelope, message])));
  response.on('data', (chunk: Buffer) => {
    counts.watchedBytes += chunk.length;
  });
}

const each = (count: string | undefined) => Array.from({ length: Number(count) }, (_, index) => index);
await Promise.all(each(watchers).map((index) => watch(watched ? `${watched}-${index}` : '')));
for (const _ of each(lists)) {
  void askForEver('lists', 'ListReadings', ListReadingsRequestSchema, () => ({ deviceId: history, pageSize: 100 }));
}
for (const _ of each(aggregates)) {
  void askForEver('aggregates', 'AggregateReadings', AggregateReadingsRequestSchema, () => {
    const now = Math.floor(Date.now() / 1000);
    return {
      deviceId: history,
      startTime: timestampOf((now - month) * 1e6),
      endTime: timestampOf(now * 1e6),
      buckets: { case: 'bucketCount' as const, value: 720 },
    };
  });
}
process.on('message', () => {
  process.send?.({ ...counts });
  Object.assign(counts, { lists: 0, aggregates: 0, watchedBytes: 0 });
});
process.on('disconnect', () => process.exit());
process.send?.('all watch');
