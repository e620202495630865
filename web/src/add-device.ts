import { Code, ConnectError } from '@connectrpc/connect';
import { form, openDialog } from './dialog.ts';
import { h } from './dom.ts';
import { showNewKey } from './new-key.ts';
import { deviceAdmin, sentenceOf } from './server.ts';

/** Asks for an id, registers the device, and shows its key. */
export function openAddDevice(serverUrl: string, onAdded: () => void): void {
  const dialog = openDialog('Add a device');
  const id = h('input', {
    id: 'device-id',
    name: 'device-id',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    maxlength: 32,
    pattern: '[a-z][a-z0-9\\-]*',
    title: 'A lower-case letter, then lower-case letters, digits and hyphens',
    placeholder: 'greenhouse',
    required: true,
    autofocus: true,
    'aria-describedby': 'device-id-hint',
  });
  const add = async (): Promise<string | undefined> => {
    const deviceId = id.value;
    try {
      const { key } = await deviceAdmin.addDevice({ deviceId });
      onAdded();
      showNewKey(dialog, deviceId, key, serverUrl);
      return undefined;
    } catch (error) {
      const isTaken = error instanceof ConnectError && error.code === Code.AlreadyExists;
      return isTaken ? `There is a device ${deviceId} already: choose another id.` : sentenceOf(error);
    }
  };
  dialog.show(
    form(
      { act: add, button: 'Add it' },
      h('label', { for: 'device-id' }, 'Its id'),
      id,
      h(
        'p',
        { class: 'hint', id: 'device-id-hint' },
        'Lower-case letters, digits and hyphens. It is no secret, and stays as it is.',
      ),
    ),
  );
}
