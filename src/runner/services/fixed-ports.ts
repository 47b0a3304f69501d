/**
 * Ports that services of running jobs hold. On GitHub every job has a machine of its own; here a second job that maps the
 * same port waits until the first one ends. One at a time, in the order in which jobs start their services.
 */
const held = new Map<number, Promise<void>>();

/** Answers what gives the port back. @throws the signal's reason while it waits */
export async function holdPort(port: number, signal: AbortSignal, waits: () => void): Promise<() => void> {
  for (let other = held.get(port); other !== undefined; other = held.get(port)) {
    waits();
    await orAborted(other, signal);
  }
  let free = (): void => {};
  const released = new Promise<void>((resolve) => {
    free = () => {
      held.delete(port);
      resolve();
    };
  });
  held.set(port, released);
  return free;
}

function orAborted(wait: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    wait.then(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, reject);
  });
}
