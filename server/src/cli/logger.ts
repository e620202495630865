import { hostname } from 'node:os';
import { stdout } from 'node:process';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';

/**
 * JSON lines; on a terminal, lines for people, made in this process: pino's usual second thread costs more memory than
 * the rest of the server. Each line of a worker says which one it is.
 */
export async function loadLogger(level: string, worker?: number): Promise<{ readonly logger: FastifyBaseLogger }> {
  const base = { pid: process.pid, hostname: hostname(), ...(worker !== undefined && { worker }) };
  if (!stdout.isTTY) return { logger: pino({ level, base }) };
  const { PinoPretty } = await import('pino-pretty');
  const forPeople = PinoPretty({
    colorize: true,
    sync: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,worker',
    messageFormat: '{if worker}worker {worker}: {end}{msg}',
  });
  return { logger: pino({ level, base }, forPeople) };
}
