import { Code, ConnectError } from '@connectrpc/connect';
import { h } from './dom.ts';
import type { Page } from './page.ts';
import { sentenceOf } from './server.ts';
import type { WatchState } from './watch.ts';

/** What is shown in place of a page that there is not, or that somebody may not see. */
export class TroublePage implements Page {
  readonly title: string;
  readonly element: HTMLElement;

  constructor({ trouble, error }: Extract<WatchState, { kind: 'stopped' }>) {
    const isMissing = error instanceof ConnectError && error.code === Code.NotFound;
    this.title = isMissing ? 'No such device' : trouble === 'not allowed' ? 'Not allowed' : 'This did not work';
    this.element = h(
      'section',
      { class: 'card trouble' },
      h('h1', { tabindex: -1 }, this.title),
      h('p', {}, isMissing ? 'It was removed, or its name is another.' : sentenceOf(error)),
      h('p', {}, h('a', { class: 'button', href: '#/' }, 'To the devices')),
    );
  }

  start(): void {}
  stop(): void {}
}
