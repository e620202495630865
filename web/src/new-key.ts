import { copyable } from './copy.ts';
import type { Dialog } from './dialog.ts';
import { h } from './dom.ts';

/** Shows a device's new key, the only time that anybody sees it, and what to do with it. */
export function showNewKey(dialog: Dialog, deviceId: string, key: Uint8Array, serverUrl: string): void {
  const text = btoa(String.fromCharCode(...key));
  key.fill(0);
  const problem = h('p', { class: 'problem', role: 'alert' });
  dialog.keepOpen(true, () => {
    problem.textContent = 'The key is shown only now. Copy it, or choose “I have the key”.';
  });
  const onCopied = () => {
    problem.textContent = '';
    dialog.keepOpen(false);
  };
  const step = (sentence: string, ...lines: readonly Node[]) => h('li', {}, h('p', {}, sentence), ...lines);
  dialog.show(
    h('p', {}, 'The key of ', h('strong', {}, deviceId), ', shown only now. Who has it can pose as the device.'),
    h('div', { class: 'key' }, copyable(text, 'the key', onCopied)),
    problem,
    h('h3', {}, 'Next'),
    h(
      'ol',
      { class: 'steps' },
      step(
        'Connect the board by USB and open its console, in the folder firmware/:',
        copyable('pio device monitor', 'the command'),
      ),
      step(
        'Tell it which device it is. The second line asks for the key: paste it.',
        copyable(`set device ${deviceId}`, 'the line'),
        copyable('set key', 'the line'),
      ),
      step(
        'Tell it where this server is. The second line asks for the password.',
        copyable(`set server ${serverUrl}`, 'the line'),
        copyable('set wifi "NAME"', 'the line'),
      ),
      step('Press its reset button. Its first reading shows up here.'),
    ),
    h(
      'div',
      { class: 'actions' },
      h('button', { type: 'button', class: 'primary', onclick: () => dialog.close() }, 'I have the key'),
    ),
  );
}
