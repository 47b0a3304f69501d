/** So many at once; the others wait in the order they came. */
export class Slots {
  #free: number;
  #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with what gives the slot back, or with undefined once the signal is aborted. */
  take(signal: AbortSignal): Promise<(() => void) | undefined> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(undefined);
      const quit = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== start);
        resolve(undefined);
      };
      const start = (): void => {
        signal.removeEventListener('abort', quit);
        let held = true;
        resolve(() => {
          if (held) this.#giveBack();
          held = false;
        });
      };
      if (this.#free > 0) {
        this.#free -= 1;
        start();
      } else {
        signal.addEventListener('abort', quit, { once: true });
        this.#waiting.push(start);
      }
    });
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
