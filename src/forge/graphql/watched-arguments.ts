import type { Args } from './node.ts';

export interface WatchedArguments {
  /** The arguments, as resolvers take them. */
  readonly args: Args;
  /** Those that were given and that nobody looked at: `filterBy.mentioned`. */
  unread(): readonly string[];
}

/**
 * Arguments that know whether they were looked at. What is passed over changes what is answered: a filter that nobody
 * reads must be refused, not ignored. Lists count as one; an object that is copied counts as read whole.
 */
export function watchArguments(given: Args): WatchedArguments {
  const read = new Set<string>();
  let copied = false;
  const inner = new Map<string, WatchedArguments>();
  const look = (name: string): unknown => {
    read.add(name);
    const value = given[name];
    if (!isObject(value)) return value;
    const watched = inner.get(name) ?? watchArguments(value);
    inner.set(name, watched);
    return watched.args;
  };
  const args = new Proxy(given, {
    get: (_target, name) => (typeof name === 'string' ? look(name) : undefined),
    ownKeys: (target) => {
      copied = true;
      return Reflect.ownKeys(target);
    },
  });
  return {
    args,
    unread: () =>
      (copied ? [] : Object.keys(given))
        .filter((name) => given[name] !== null && given[name] !== undefined)
        .flatMap((name) => {
          if (!read.has(name)) return [name];
          return (inner.get(name)?.unread() ?? []).map((one) => `${name}.${one}`);
        }),
  };
}

function isObject(value: unknown): value is Args {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
