import { form, openDialog } from './dialog.ts';
import { h } from './dom.ts';
import { showNewKey } from './new-key.ts';
import { deviceAdmin, sentenceOf } from './server.ts';

/** Asks how, makes a new key, and shows it. */
export function openRotate(deviceId: string, serverUrl: string, onRotated: () => void): void {
  const dialog = openDialog(`A new key for ${deviceId}`);
  const choice = (id: string, label: string, hint: string, isChosen: boolean) => {
    const input = h('input', { type: 'radio', name: 'when', id, value: id, checked: isChosen, autofocus: isChosen });
    const text = h('span', {}, label, h('small', {}, hint));
    return { input, element: h('label', { class: 'choice', for: id }, input, text) };
  };
  const later = choice(
    'later',
    'The old key works until the new one is used',
    'For a device that goes on running meanwhile.',
    true,
  );
  const now = choice(
    'now',
    'The old key ends now',
    'For a key that somebody else may have. The device is shut out until it has the new one.',
    false,
  );
  const rotate = async (): Promise<string | undefined> => {
    try {
      const { key } = await deviceAdmin.rotateDeviceKey({ deviceId, atOnce: now.input.checked });
      onRotated();
      showNewKey(dialog, deviceId, key, serverUrl);
      return undefined;
    } catch (error) {
      return sentenceOf(error);
    }
  };
  dialog.show(
    form(
      { act: rotate, button: 'Make the key' },
      h('fieldset', {}, h('legend', {}, 'The key it has'), later.element, now.element),
    ),
  );
}

/** Asks whether to, then ends every key of the device. */
export function openRevoke(deviceId: string, onRevoked: () => void): void {
  const dialog = openDialog(`Revoke ${deviceId}`);
  const revoke = async (): Promise<string | undefined> => {
    try {
      await deviceAdmin.revokeDevice({ deviceId });
      onRevoked();
      dialog.close();
      return undefined;
    } catch (error) {
      return sentenceOf(error);
    }
  };
  const cancel = h('button', { type: 'button', autofocus: true, onclick: () => dialog.close() }, 'Keep it');
  const question = form(
    { act: revoke, button: 'Revoke it', isDanger: true },
    h(
      'p',
      {},
      'Every key of the device ends at once: it can send nothing more. Its readings stay. A new key lets it in again.',
    ),
  );
  question.querySelector('.actions')?.prepend(cancel);
  dialog.show(question);
}
