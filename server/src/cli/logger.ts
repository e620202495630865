import { stdout } from 'node:process';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';

/**
 * JSON lines; on a terminal, lines for people, made in this process: pino's usual second thread costs more memory than
 * the rest of the server.
 */
export async function loadLogger(level: string): Promise<{ readonly logger: FastifyBaseLogger }> {
  if (!stdout.isTTY) return { logger: pino({ level }) };
  const { PinoPretty } = await import('pino-pretty');
  const forPeople = PinoPretty({
    colorize: true,
    sync: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
  });
  return { logger: pino({ level }, forPeople) };
}
