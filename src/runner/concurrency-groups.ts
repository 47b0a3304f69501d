export interface GroupRequest {
  /** Repository and group; compared without case. */
  readonly repository: string;
  readonly group: string;
  readonly cancelInProgress: boolean;
  /** `single`: the newest that waits displaces an older one. `max`: all wait, first come first served. */
  readonly queue: 'single' | 'max';
  /** Ends the holder when a newcomer asks for it. */
  readonly cancel: (reason: string) => void;
}

export type GroupAnswer =
  | { readonly entered: true; readonly leave: () => void }
  | { readonly entered: false; readonly reason: string };

interface Waiter {
  readonly request: GroupRequest;
  readonly answer: (answer: GroupAnswer) => void;
}

interface Group {
  holder: GroupRequest | undefined;
  waiters: Waiter[];
}

/** GitHub keeps so many waiting in a group with `queue: max`. */
const queueLimit = 100;

/** `concurrency:` of workflows and jobs: one holder a group. Asking decides the order, synchronously. */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, Group>();

  /** Resolves once the group is entered, or displaced by a newer request, or the signal is aborted. */
  enter(request: GroupRequest, signal: AbortSignal): Promise<GroupAnswer> {
    const key = `${request.repository}\0${request.group}`.toLowerCase();
    const group = this.#groups.get(key) ?? { holder: undefined, waiters: [] };
    this.#groups.set(key, group);
    return new Promise((resolve) => {
      if (signal.aborted) return resolve({ entered: false, reason: 'The run was canceled.' });
      if (group.holder === undefined && group.waiters.length === 0) {
        resolve(this.#admit(key, group, request));
        return;
      }
      const reason = `Canceling since a higher priority waiting request for ${request.group} exists`;
      if (request.queue === 'single' || request.cancelInProgress) {
        for (const waiter of group.waiters.splice(0)) waiter.answer({ entered: false, reason });
      } else if (group.waiters.length >= queueLimit) {
        resolve({ entered: false, reason: `Canceling since ${queueLimit} requests wait for ${request.group} already` });
        return;
      }
      const leaveQueue = (): void => {
        group.waiters = group.waiters.filter((other) => other !== waiter);
        resolve({ entered: false, reason: 'The run was canceled.' });
      };
      const waiter: Waiter = {
        request,
        answer: (answer) => {
          signal.removeEventListener('abort', leaveQueue);
          resolve(answer);
        },
      };
      signal.addEventListener('abort', leaveQueue, { once: true });
      group.waiters.push(waiter);
      if (request.cancelInProgress) group.holder?.cancel(reason);
    });
  }

  #admit(key: string, group: Group, request: GroupRequest): GroupAnswer {
    group.holder = request;
    return {
      entered: true,
      leave: () => {
        if (group.holder !== request) return;
        group.holder = undefined;
        const next = group.waiters.shift();
        if (next !== undefined) next.answer(this.#admit(key, group, next.request));
        else this.#groups.delete(key);
      },
    };
  }
}
