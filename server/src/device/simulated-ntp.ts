import { type Micros, second } from '../time.ts';
import type { TimeExchange } from './clock.ts';
import type { SeededRandom } from './random.ts';

/** Where a device asks for the time besides its own server. */
export interface Ntp {
  /** Its name, at most 64 bytes. */
  readonly server: string;
  /** An exchange that ends now: `wall` is the true time and `uptime` the device's. Undefined: no answer. */
  ask(wall: Micros, uptime: Micros): TimeExchange | undefined;
}

/** What an answer of NTP's looks like over a home's line, made up on the spot: nothing is sent to anyone. */
export function simulatedNtp(random: SeededRandom): Ntp {
  const oneWay = () => Math.floor((0.005 + 0.02 * random.uniform()) * second);
  return {
    server: 'simulated.invalid',
    ask(wall, uptime) {
      const [there, back] = [oneWay(), oneWay()];
      const answered = wall - back + Math.round(random.normal(0.001 * second));
      return { asked: uptime - there - back, received: answered, answered, returned: uptime };
    },
  };
}
