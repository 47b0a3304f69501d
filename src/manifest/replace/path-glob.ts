import { TrunklineError } from '../../errors.ts';

type Node =
  | { readonly kind: 'literal'; readonly text: string }
  /** `*`, which stops at "/", and `**`, which does not. */
  | { readonly kind: 'many'; readonly slash: boolean }
  | { readonly kind: 'one' }
  | { readonly kind: 'class'; readonly not: boolean; readonly ranges: readonly (readonly [string, string])[] }
  | { readonly kind: 'either'; readonly ways: readonly Sequence[] }
  | { readonly kind: 'ahead'; readonly not: boolean; readonly inner: Sequence };
type Sequence = readonly Node[];

/**
 * A predicate on paths for the mapping language's globs: `**` is anything, `*` anything but "/", `?` one character,
 * `[a-z]`, `[^a]`, `{a,b}`, `(!x)` and `(=x)` look ahead, `\` keeps what follows from meaning anything. The whole path
 * has to match; time grows with the path's length, never faster than its square. @throws INPUT_INVALID
 */
export function pathGlob(glob: string): (path: string) => boolean {
  const reader = new GlobReader(glob);
  const sequence = reader.sequence('');
  return (path) => advance(sequence, path, new Set([0])).has(path.length);
}

class GlobReader {
  #at = 0;
  readonly #glob: string;

  constructor(glob: string) {
    this.#glob = glob;
  }

  /** Up to one of the characters that end it, or the end of the glob where there are none. */
  sequence(ends: string): Sequence {
    const nodes: Node[] = [];
    for (;;) {
      const next = this.#glob[this.#at];
      if (next === undefined) {
        if (ends === '') return nodes;
        throw this.#fail(`expected "${ends.at(-1)}"`);
      }
      if (ends.includes(next)) return nodes;
      this.#at += 1;
      nodes.push(this.#node(next));
    }
  }

  #node(first: string): Node {
    switch (first) {
      case '*': {
        const slash = this.#glob[this.#at] === '*';
        if (slash) this.#at += 1;
        return { kind: 'many', slash };
      }
      case '?':
        return { kind: 'one' };
      case '[':
        return this.#class();
      case '{': {
        const ways: Sequence[] = [];
        do ways.push(this.sequence(',}'));
        while (this.#glob[this.#at++] === ',');
        return { kind: 'either', ways };
      }
      case '(': {
        const sign = this.#glob[this.#at];
        if (sign !== '=' && sign !== '!') return { kind: 'literal', text: first };
        this.#at += 1;
        const inner = this.sequence(')');
        this.#at += 1;
        return { kind: 'ahead', not: sign === '!', inner };
      }
      case '\\': {
        const text = this.#glob[this.#at];
        if (text === undefined) throw this.#fail('expected a character after "\\"');
        this.#at += 1;
        return { kind: 'literal', text };
      }
      default:
        return { kind: 'literal', text: first };
    }
  }

  #class(): Node {
    const end = this.#glob.indexOf(']', this.#at + 1);
    if (end < 0) throw this.#fail('expected "]"');
    const body = this.#glob.slice(this.#at, end);
    this.#at = end + 1;
    const not = /^[\^!]/.test(body);
    const ranges = [...(not ? body.slice(1) : body).matchAll(/(.)-(.)|(.)/gs)].map(
      ([, from, to, alone]) => [from ?? alone ?? '', to ?? alone ?? ''] as const,
    );
    return { kind: 'class', not, ranges };
  }

  #fail(message: string): TrunklineError {
    return new TrunklineError(
      'INPUT_INVALID',
      `mappings: ${message} in the glob ${JSON.stringify(this.#glob)}, found its end`,
    );
  }
}

/** Where a path can stand after a sequence, from where it can stand before. */
function advance(sequence: Sequence, path: string, starts: ReadonlySet<number>): ReadonlySet<number> {
  let at = starts;
  for (const node of sequence) {
    at = step(node, path, at);
    if (at.size === 0) return at;
  }
  return at;
}

function step(node: Node, path: string, at: ReadonlySet<number>): ReadonlySet<number> {
  const each = (keep: (letter: string) => boolean): ReadonlySet<number> =>
    new Set([...at].filter((from) => from < path.length && keep(path[from] ?? '')).map((from) => from + 1));
  switch (node.kind) {
    case 'literal':
      return each((letter) => letter === node.text);
    case 'one':
      return each(() => true);
    case 'class':
      return each((letter) => node.ranges.some(([from, to]) => letter >= from && letter <= to) !== node.not);
    case 'many': {
      const reached = new Set<number>();
      for (const from of at) {
        for (let to = from; to <= path.length && !reached.has(to); to++) {
          reached.add(to);
          if (!node.slash && path[to] === '/') break;
        }
      }
      return reached;
    }
    case 'either':
      return new Set(node.ways.flatMap((way) => [...advance(way, path, at)]));
    case 'ahead':
      return new Set([...at].filter((from) => advance(node.inner, path, new Set([from])).size > 0 !== node.not));
  }
}
