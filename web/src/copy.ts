import { h, icon, setText } from './dom.ts';

const sheets = 'M7 7V4h10v9h-4M3 7h10v9H3z';

/** A line for a terminal, or a key, with a button that copies it. */
export function copyable(text: string, what: string, onCopied?: () => void): HTMLElement {
  const code = h('code', {}, text);
  const label = h('span', { 'aria-live': 'polite' }, 'Copy');
  const copy = async () => {
    const isCopied = await copyText(text, code);
    setText(label, isCopied ? 'Copied' : 'Marked: press Ctrl-C');
    if (isCopied) onCopied?.();
    setTimeout(() => setText(label, 'Copy'), 3000);
  };
  const button = h('button', { type: 'button', class: 'quiet', onclick: () => void copy() }, icon(sheets), label);
  button.setAttribute('aria-label', `Copy ${what}`);
  return h('div', { class: 'copyable' }, code, button);
}

/** Over plain HTTP browsers have no clipboard, but for localhost; the old command still works there. */
async function copyText(text: string, shown: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(shown);
    return document.execCommand('copy');
  }
}
