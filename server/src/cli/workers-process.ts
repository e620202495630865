/**
 * A worker of `sealpost serve --workers`: a whole server, but for the lock of the data directory and the port, which the
 * primary holds.
 */
import { failureSentence } from './failure-sentence.ts';
import { loadLogger } from './logger.ts';
import { startServer } from './running-server.ts';
import { configOf } from './serve.ts';
import type { Order, Report, WorkerStart } from './workers-messages.ts';

const started = Promise.withResolvers<WorkerStart>();
const stopped = Promise.withResolvers<void>();
process.on('message', (order: Order) => {
  if (order.type === 'start') started.resolve(order.start);
  else stopped.resolve();
});
// A terminal signals the whole group. When to stop is for the primary to say, and without one node:cluster ends this.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

const { worker, options, firstEpoch, clock } = await started.promise;
const { logger } = await loadLogger(options.logLevel, worker);
try {
  const server = await startServer({
    ...options,
    acceptClock: options.acceptClock === true,
    logger,
    config: configOf(options),
    worker: { settles: worker === 1, firstEpoch, clock },
  });
  logger.info('ready');
  await report({ type: 'ready', addresses: server.addresses, port: server.port });
  await stopped.promise;
  await server.close();
} catch (error) {
  const sentence = failureSentence(error);
  if (sentence === undefined) throw error;
  process.exitCode = 1;
  await report({ type: 'failed', sentence });
}
process.exit();

/** Resolves when it is sent, or can't be any more. */
function report(message: Report): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });
}
