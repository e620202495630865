/** Wakes the one who waits for work. A ring while nobody waits is kept for who comes next. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves when the bell rings, or as soon as `signal` aborts. Never rejects. */
  async heard(signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal.addEventListener('abort', resolve as () => void);
      await promise;
      signal.removeEventListener('abort', resolve as () => void);
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}
