/** Answers of another process to one question, which may be asked again before it is answered. */
export class Answers<Answer> {
  readonly #waiting = new Set<(answer: Answer | undefined) => void>();

  /** The next one; undefined when none comes in time. */
  next(milliseconds: number): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      const take = (answer: Answer | undefined) => {
        clearTimeout(late);
        this.#waiting.delete(take);
        resolve(answer);
      };
      const late = setTimeout(take, milliseconds, undefined);
      this.#waiting.add(take);
    });
  }

  /** An answer has come. */
  take(answer: Answer): void {
    for (const take of this.#waiting) take(answer);
  }
}
