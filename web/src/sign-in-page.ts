import { copyable } from './copy.ts';
import { form } from './dialog.ts';
import { h } from './dom.ts';
import type { Page } from './page.ts';
import { signIn } from './session.ts';

export interface SignInOptions {
  /** Whether readings are given out without it, so that a token only adds to what they may. */
  readonly mayRead: boolean;
  readonly onSignedIn: () => void;
}

/** Where somebody signs in with a token, or finds out how to get one. */
export class SignInPage implements Page {
  readonly title = 'Sign in';
  readonly element: HTMLElement;
  readonly #input = h('input', {
    id: 'token',
    name: 'token',
    type: 'password',
    autocomplete: 'current-password',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: true,
  });
  readonly #onSignedIn: () => void;

  constructor({ mayRead, onSignedIn }: SignInOptions) {
    this.#onSignedIn = onSignedIn;
    const role = mayRead ? 'admin' : 'reader';
    this.element = h(
      'section',
      { class: 'sign-in card' },
      h('h1', { tabindex: -1 }, 'Sign in'),
      h(
        'p',
        {},
        mayRead
          ? 'You can read without a token here. To add devices and look after their keys, sign in with the token of an admin.'
          : 'Without a token, readings are given out on the server’s own machine only. From here it takes one.',
      ),
      form({ act: this.#act, button: 'Sign in' }, h('label', { for: 'token' }, 'Token'), this.#input),
      h(
        'div',
        { class: 'aside' },
        h('h2', {}, 'No token yet?'),
        h('p', {}, 'Make one on the server’s machine, in a terminal, in the folder of sealpost. It is shown once.'),
        copyable(`bin/sealpost token add NAME --role ${role}`, 'the command'),
      ),
    );
  }

  readonly #act = async (): Promise<string | undefined> => {
    try {
      const problem = await signIn(this.#input.value.trim());
      this.#input.value = '';
      if (problem === undefined) this.#onSignedIn();
      return problem;
    } catch {
      return 'The server does not answer. Try again when it does.';
    }
  };

  start(): void {
    this.#input.focus();
  }

  stop(): void {}
}
