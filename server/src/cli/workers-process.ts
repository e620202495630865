/**
 * A worker of `sealpost serve --workers`: a whole server, but for the lock of the data directory and the port, which the
 * primary holds.
 */
import { SealpostError } from '../errors.ts';
import type { ServerFigures } from '../readers/metrics-figures.ts';
import { failureSentence } from './failure-sentence.ts';
import { loadLogger } from './logger.ts';
import { type RunningServer, startServer } from './running-server.ts';
import { configOf } from './serve.ts';
import { Answers } from './workers-answers.ts';
import type { Order, Report, WorkerStart } from './workers-messages.ts';

/** Longer than the primary waits for workers. */
const longestAnswerMilliseconds = 2000;

const started = Promise.withResolvers<WorkerStart>();
const listens = Promise.withResolvers<void>();
const stopped = Promise.withResolvers<void>();
const allFigures = new Answers<ServerFigures>();
let server: RunningServer | undefined;

process.on('message', async (order: Order) => {
  if (order.type === 'start') started.resolve(order.start);
  else if (order.type === 'listen') listens.resolve();
  else if (order.type === 'stop') stopped.resolve();
  else if (order.type === 'server figures') allFigures.take(order.figures);
  else if (server !== undefined) await report({ type: 'figures', figures: await server.app.figures() });
});
// A terminal signals the whole group. When to stop is for the primary to say, and without one node:cluster ends this.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

const { worker, options, firstEpoch, clock } = await started.promise;
const { logger } = await loadLogger(options.logLevel, worker);
try {
  server = await startServer({
    ...options,
    acceptClock: options.acceptClock === true,
    logger,
    config: configOf(options),
    worker: { settles: worker === 1, firstEpoch, clock, mayListen, serverFigures },
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

async function mayListen(): Promise<void> {
  await report({ type: 'prepared' });
  // Until then it has nothing to end.
  await Promise.race([listens.promise, stopped.promise.then(() => process.exit())]);
}

/** The figures of all workers, from the primary. */
async function serverFigures(): Promise<ServerFigures> {
  void report({ type: 'ask server figures' });
  const figures = await allFigures.next(longestAnswerMilliseconds);
  if (figures === undefined) throw new SealpostError('unavailable', 'the workers do not answer: try again later');
  return figures;
}

/** Resolves when it is sent, or can't be any more. */
function report(message: Report): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });
}
