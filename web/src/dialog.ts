import { h, icon } from './dom.ts';

const cross = 'M5 5l10 10M15 5L5 15';

export interface Dialog {
  /** Fills it anew: the next step of what it is about. */
  show(...content: readonly Node[]): void;
  /** Until it is called with false, Escape and the cross do nothing but `onKept`. */
  keepOpen(isKept: boolean, onKept?: () => void): void;
  close(): void;
}

/** Opens a modal dialog; closed, it is gone with what it held, and the focus is where it was. */
export function openDialog(title: string): Dialog {
  const body = h('div', { class: 'dialog-body' });
  const id = 'dialog-title';
  let isKept = false;
  let onKept: (() => void) | undefined;
  const leave = () => {
    if (isKept) onKept?.();
    else dialog.close();
  };
  const dialog = h(
    'dialog',
    { 'aria-labelledby': id },
    h(
      'div',
      { class: 'dialog-head' },
      h('h2', { id }, title),
      h('button', { type: 'button', class: 'quiet bare', 'aria-label': 'Close', onclick: leave }, icon(cross)),
    ),
    body,
  );
  dialog.addEventListener('cancel', (event) => {
    if (!isKept) return;
    event.preventDefault();
    onKept?.();
  });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return {
    show: (...content) => {
      body.replaceChildren(...content);
      body.querySelector<HTMLElement>('[autofocus]')?.focus();
    },
    keepOpen: (kept, onKeptNow) => {
      isKept = kept;
      onKept = onKeptNow;
    },
    close: () => dialog.close(),
  };
}

/** A form whose button is off while `act` runs; a sentence that `act` gives is shown as what went wrong. */
export function form(
  options: { readonly act: () => Promise<string | undefined>; readonly button: string; readonly isDanger?: boolean },
  ...content: readonly Node[]
): HTMLFormElement {
  const problem = h('p', { class: 'problem', role: 'alert' });
  const button = h('button', { type: 'submit', class: options.isDanger ? 'danger' : 'primary' }, options.button);
  const submit = async () => {
    button.disabled = true;
    problem.textContent = '';
    problem.textContent = (await options.act()) ?? '';
    button.disabled = false;
  };
  const onsubmit = (event: Event) => {
    event.preventDefault();
    void submit();
  };
  return h('form', { onsubmit }, ...content, problem, h('div', { class: 'actions' }, button));
}
