/** Whoever answers scenarios, and nothing more once they are interrupted: so they end at their next question. */
export function untilInterrupted<Answering extends { readonly fetch: typeof globalThis.fetch; idle(): Promise<void> }>(
  github: Answering,
  interrupted: AbortSignal,
): Answering {
  // One for all waits: a listener for each would stay until the end.
  const stopped = orInterrupted(interrupted, new Promise<never>(() => undefined));
  stopped.catch(() => undefined);
  return {
    ...github,
    fetch: async (...args: Parameters<typeof globalThis.fetch>) => {
      interrupted.throwIfAborted();
      return github.fetch(...args);
    },
    idle: () => Promise.race([github.idle(), stopped]),
  };
}

export function orInterrupted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}
