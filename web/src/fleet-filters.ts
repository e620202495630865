import { h, setText } from './dom.ts';
import type { Health } from './health.ts';
import { wholeNumber } from './words.ts';

type Filter = Health | 'all';

const filters: readonly { readonly filter: Filter; readonly label: string }[] = [
  { filter: 'all', label: 'All' },
  { filter: 'online', label: 'Online' },
  { filter: 'late', label: 'Late' },
  { filter: 'silent', label: 'Silent' },
  { filter: 'new', label: 'Not seen yet' },
  { filter: 'revoked', label: 'Revoked' },
];

/** How many devices are how; a press shows only those. */
export class FleetFilters {
  readonly element = h('div', { class: 'filters', role: 'group', 'aria-label': 'Show', hidden: true });
  readonly #buttons = new Map<Filter, { readonly button: HTMLButtonElement; readonly number: HTMLElement }>();
  #chosen: Filter = 'all';

  constructor(onChoice: () => void) {
    for (const { filter, label } of filters) {
      const number = h('span', { class: 'number' });
      const onclick = () => {
        this.#chosen = filter;
        onChoice();
      };
      const button = h('button', { type: 'button', class: 'filter', 'data-health': filter, onclick }, label, number);
      this.#buttons.set(filter, { button, number });
      this.element.append(button);
    }
  }

  lets(health: Health): boolean {
    return this.#chosen === 'all' || this.#chosen === health;
  }

  /** Takes the health of each device. */
  show(healths: readonly Health[]): void {
    for (const [filter, { button, number }] of this.#buttons) {
      const many = filter === 'all' ? healths.length : healths.filter((health) => health === filter).length;
      setText(number, wholeNumber(many));
      button.hidden = many === 0 && filter !== 'all' && filter !== this.#chosen;
      button.setAttribute('aria-pressed', String(filter === this.#chosen));
    }
    this.element.hidden = healths.length < 2;
  }
}
