/** A handshake is a quarter of a millisecond of X25519 on a fast machine, two or three on a Raspberry Pi. */
const handshakesInATurn = 4;

/**
 * Lets a few handshakes begin in each turn of the event loop, in the order in which they came. After a restart every
 * device shakes hands at once, and those that have done so upload: they are answered between the others' handshakes,
 * not behind all of them. As many may wait as there are connections.
 */
export class HandshakePace {
  #waiting: (() => void)[] = [];
  #begun = 0;
  #scheduled = false;

  /** Resolves when a handshake may begin. */
  async turn(): Promise<void> {
    this.#schedule();
    if (this.#begun < handshakesInATurn && this.#waiting.length === 0) {
      this.#begun += 1;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#next);
  }

  readonly #next = (): void => {
    this.#scheduled = false;
    const next = this.#waiting.splice(0, handshakesInATurn);
    this.#begun = next.length;
    if (next.length > 0) this.#schedule();
    for (const begin of next) begin();
  };
}
