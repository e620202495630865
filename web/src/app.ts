import { DevicePage } from './device-page.ts';
import { h, setText } from './dom.ts';
import { FleetPage } from './fleet-page.ts';
import { Notice } from './notice.ts';
import type { Frame, Page } from './page.ts';
import { defaultRange, ranges } from './ranges.ts';
import { routeOf } from './route.ts';
import { loadSession, type Session, signOut } from './session.ts';
import { SignInPage } from './sign-in-page.ts';
import { second } from './time.ts';
import { TroublePage } from './trouble-page.ts';
import type { WatchState } from './watch.ts';

/** The frame around the pages: who reads, how the connection is, and which page the address asks for. */
export class App {
  readonly #main = element('#page');
  readonly #header = element('.top');
  readonly #announcer = h('p', { class: 'hidden', role: 'status' });
  readonly #version = h('span', {});
  readonly #notice: Notice;
  #session: Session | undefined;
  #page: Page | undefined;
  #tryNow: () => void = () => {};

  constructor() {
    this.#notice = new Notice(element('.notice'), () => this.#tryNow());
    document.body.append(this.#announcer);
    element('.foot').append(this.#version);
  }

  async start(): Promise<void> {
    addEventListener('hashchange', () => this.#turn(true));
    this.#showHeader();
    await this.#askSession();
    this.#turn(false);
  }

  /** Asks who reads until somebody answers. */
  async #askSession(): Promise<void> {
    const since = Date.now();
    for (let wait = 0.5 * second; ; wait = Math.min(2 * wait, 15 * second)) {
      try {
        this.#session = await loadSession();
        break;
      } catch {
        this.#notice.show({ kind: 'lost', since });
        await new Promise<void>((resolve) => {
          setTimeout(resolve, wait);
          this.#tryNow = resolve;
        });
      }
    }
    this.#showHeader();
    this.#version.textContent = ` · sealpost ${this.#session.version}`;
  }

  /** Shows the page that the address asks for. */
  #turn(isMove: boolean): void {
    const session = this.#session;
    if (session === undefined) return;
    this.#show(this.#pageOf(session), isMove);
  }

  #show(page: Page, isMove: boolean): void {
    this.#page?.stop();
    this.#page = page;
    document.title = `${page.title} · sealpost`;
    this.#main.replaceChildren(page.element);
    if (isMove) {
      scrollTo(0, 0);
      page.element.querySelector<HTMLElement>('h1')?.focus();
    }
    page.start();
  }

  #pageOf(session: Session): Page {
    const route = routeOf(location.hash);
    if (session.reader === null || route.page === 'sign-in') {
      this.#notice.show({ kind: 'stopped', trouble: 'not signed in', error: undefined });
      return new SignInPage({ mayRead: session.reader !== null, onSignedIn: this.#changeSession });
    }
    const frame: Frame = {
      session,
      showState: this.#showState,
      announce: (sentence) => setText(this.#announcer, sentence),
    };
    if (route.page === 'fleet') return new FleetPage(frame);
    const range = ranges.find(({ id }) => id === route.range) ?? defaultRange;
    return new DevicePage(route.deviceId, frame, range);
  }

  readonly #showState = (state: WatchState): void => {
    this.#notice.show(state);
    if (state.kind !== 'stopped') return;
    if (state.trouble === 'not signed in') void this.#changeSession();
    else this.#show(new TroublePage(state), false);
  };

  /** After somebody has signed in or out, or the server has ended their session. */
  readonly #changeSession = async (): Promise<void> => {
    await this.#askSession();
    if (this.#session?.reader && routeOf(location.hash).page === 'sign-in') location.hash = '#/';
    else this.#turn(true);
  };

  #showHeader(): void {
    const reader = this.#session?.reader;
    const name = reader?.token;
    const leave = async () => {
      await signOut().catch(() => {});
      await this.#changeSession();
    };
    const account =
      name != null
        ? [
            h('span', { class: 'who' }, name, reader?.role === 'admin' && h('small', {}, ' admin')),
            h('button', { type: 'button', class: 'quiet', onclick: () => void leave() }, 'Sign out'),
          ]
        : reader
          ? [h('a', { class: 'button quiet', href: '#/sign-in' }, 'Sign in')]
          : [];
    this.#header.replaceChildren(
      h(
        'a',
        { class: 'brand', href: '#/' },
        h('img', { src: '/icon.svg', alt: '', width: 26, height: 26 }),
        'sealpost',
      ),
      this.#notice.pill,
      h('div', { class: 'account' }, ...account),
    );
  }
}

function element(selector: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(selector);
  if (found === null) throw new Error(`index.html has no ${selector}`);
  return found;
}
