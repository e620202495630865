import { h } from './dom.ts';
import { day, hour, type Milliseconds, minute, second } from './time.ts';

export interface Range {
  readonly id: string;
  readonly label: string;
  /** Of a bucket; `size` of them make the range. */
  readonly width: Milliseconds;
  readonly size: number;
}

export const defaultRange: Range = { id: '1h', label: '1 h', width: 10 * second, size: hour / (10 * second) };

export const ranges: readonly Range[] = [
  defaultRange,
  { id: '24h', label: '24 h', width: 2 * minute, size: day / (2 * minute) },
  { id: '7d', label: '7 d', width: 15 * minute, size: (7 * day) / (15 * minute) },
  { id: '30d', label: '30 d', width: hour, size: (30 * day) / hour },
];

/** One of them, as radio buttons: arrows move between them. */
export function rangePicker(chosen: Range, onChoice: (range: Range) => void): HTMLElement {
  return h(
    'fieldset',
    { class: 'segments' },
    h('legend', { class: 'hidden' }, 'Time range'),
    ...ranges.map((range) => {
      const choose = () => onChoice(range);
      const input = h('input', {
        type: 'radio',
        name: 'range',
        value: range.id,
        checked: range === chosen,
        onchange: choose,
      });
      return h('label', {}, input, h('span', {}, range.label));
    }),
  );
}
