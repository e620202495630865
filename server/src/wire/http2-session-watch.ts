import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';

/**
 * Looks after a session at each interval: closes it when nothing was asked for since the last one, and asks whether the
 * other end is still there otherwise. One that does not answer, or has not closed by the next interval, loses its socket:
 * Node 24.21 overlooks some resets over TLS, and such a session would stay for good, counted among the connections.
 */
export function watchSession(session: ServerHttp2Session, socket: Socket, intervalMilliseconds: number): void {
  let openStreams = 0;
  let isUsed = false;
  let isAnswered = true;
  session.on('stream', (stream) => {
    openStreams += 1;
    isUsed = true;
    stream.once('close', () => {
      openStreams -= 1;
    });
  });
  const timer = setInterval(() => {
    if (session.closed || session.destroyed || !isAnswered) socket.destroy();
    else if (isUsed || openStreams > 0) {
      isUsed = false;
      isAnswered = false;
      session.ping(() => {
        isAnswered = true;
      });
    } else session.close();
  }, intervalMilliseconds);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
}
