import { h, setText } from './dom.ts';
import { decimal, nothing, signalQuality } from './words.ts';

/** Wi-Fi strength: four bars, and the dBm beside them. 0 dBm is a device without Wi-Fi. */
export function signalBars(): { readonly element: HTMLElement; show(dbm: number | undefined): void } {
  const bars = h('span', { class: 'bars', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'), h('i'));
  const text = h('span', { class: 'number' });
  const element = h('span', { class: 'signal' }, bars, text);
  return {
    element,
    show(dbm) {
      const isKnown = dbm !== undefined && dbm !== 0;
      bars.hidden = !isKnown;
      setText(text, isKnown ? `${decimal(dbm, 0)} dBm` : nothing);
      if (!isKnown) return;
      const quality = signalQuality(dbm);
      bars.dataset.bars = String(quality.bars);
      element.title = quality.word;
    },
  };
}
