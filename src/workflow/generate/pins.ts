import { TrunklineError } from '../../errors.ts';
import { knownActions, knownTools, noCommit } from './known-pins.ts';
import type { ActionPin, Lock, ToolPin } from './lock.ts';

/** Names actions and tools as the lock file says, and remembers which were asked for. */
export class Pins {
  readonly #lock: Lock;
  readonly #actions = new Map<string, ActionPin>();
  readonly #tools = new Map<string, ToolPin>();

  constructor(lock: Lock) {
    this.#lock = lock;
  }

  /** `owner/repo@sha`, with a path in the repository where there is one. @throws NOT_FOUND */
  uses(repository: string, path = ''): string {
    return `${repository}${path}@${this.require(repository).sha}`;
  }

  /** @throws NOT_FOUND */
  require(repository: string): ActionPin {
    const pin = this.#lock.actions[repository] ?? knownActions[repository];
    if (pin === undefined)
      throw new TrunklineError('NOT_FOUND', `expected ${repository} in trunkline.lock, found none`, {
        hint: `trunkline pin --update ${repository}`,
      });
    this.#actions.set(repository, pin);
    return pin;
  }

  /** @throws NOT_FOUND */
  tool(name: string): ToolPin {
    const pin = this.#lock.tools[name] ?? knownTools[name];
    if (pin === undefined) throw new TrunklineError('NOT_FOUND', `expected ${name} in trunkline.lock, found none`);
    this.#tools.set(name, pin);
    return pin;
  }

  /** Versions beside what `uses` names, for comments. */
  notes(path = ''): ReadonlyMap<string, string> {
    return new Map(
      [...this.#actions].flatMap(([repository, { version, sha }]) =>
        ['', path].map((one) => [`${repository}${one}@${sha}`, version] as const),
      ),
    );
  }

  /** What was asked for, as a lock file has it. */
  used(): Lock {
    return { actions: Object.fromEntries(this.#actions), tools: Object.fromEntries(this.#tools) };
  }

  /** Actions that no commit is known of. */
  unresolved(): readonly string[] {
    return [...this.#actions].flatMap(([repository, { sha }]) => (sha === noCommit ? [repository] : []));
  }
}
