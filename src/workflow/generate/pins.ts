import { suggest } from '../../config/suggest.ts';
import { type Problem, TrunklineError } from '../../errors.ts';
import { knownActions, knownTools, noCommit } from './known-pins.ts';
import type { ActionPin, Lock, ToolPin } from './lock.ts';

/** Published actions → the repositories that they are taken from instead. */
export type Mirrors = Readonly<Record<string, string>>;

/** Names actions and tools as the lock file says, and remembers which were asked for. */
export class Pins {
  readonly #lock: Lock;
  readonly #mirrors: Mirrors;
  readonly #actions = new Map<string, ActionPin>();
  readonly #tools = new Map<string, ToolPin>();

  /** @throws CONFIG_INVALID for a mirror of what no workflow uses */
  constructor(lock: Lock, mirrors: Mirrors = {}) {
    this.#lock = lock;
    this.#mirrors = mirrors;
    const names = Object.keys(knownActions);
    const unknown = Object.keys(mirrors).filter((name) => !names.includes(name));
    const [first, ...rest] = unknown.map((name): Problem => {
      const near = suggest(name, names);
      return {
        code: 'CONFIG_INVALID',
        message: `actions.${name}: expected an action that workflows use, found another`,
        hint: near === undefined ? `known: ${names.join(', ')}` : `did you mean "${near}"?`,
      };
    });
    if (first !== undefined) throw TrunklineError.of([first, ...rest]);
  }

  /** `owner/repo@sha`, with a path in the repository where there is one. @throws NOT_FOUND */
  uses(repository: string, path = ''): string {
    const name = this.#mirrors[repository] ?? repository;
    return `${name}${path}@${this.require(name).sha}`;
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
