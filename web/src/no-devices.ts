import { copyable } from './copy.ts';
import { h } from './dom.ts';

/** What somebody sees who has no device yet, and what to do next. */
export function noDevicesYet(isAdmin: boolean): HTMLElement {
  return h(
    'section',
    { class: 'empty card' },
    h('h2', {}, 'No device yet'),
    h(
      'p',
      {},
      isAdmin
        ? 'Add one with the button above. It gets a key of its own, and shows up here with its first reading.'
        : "Register one on the server's machine, in a terminal. Its key is shown there once, and it shows up here with its first reading.",
    ),
    !isAdmin && copyable('bin/sealpost device add greenhouse', 'the command'),
    h('p', {}, 'No board at hand? This runs a simulated ESP32 against the server:'),
    copyable('bin/sealpost simulate --devices 1', 'the command'),
  );
}
