/**
 * How a sentence of GitHub's is known. D: docs.github.com; F: seen in what users published of their sessions;
 * O: GitHub's OpenAPI description; K: from memory or by the pattern of another, not verified; L: the lab's own, of what it
 * does not do.
 */
export type WordSource = 'D' | 'F' | 'O' | 'K' | 'L';

export interface Word<Parts extends readonly unknown[]> {
  (...parts: Parts): string;
  readonly source: WordSource;
  /** How it reads with parts made up for the purpose. */
  readonly example: string;
}

/** A sentence, where it is known from, and parts to show it with. */
export function word<Parts extends readonly unknown[]>(
  source: WordSource,
  say: (...parts: Parts) => string,
  ...sample: NoInfer<Parts>
): Word<Parts> {
  return Object.assign((...parts: Parts) => say(...parts), { source, example: say(...sample) });
}

/** A sentence that is always the same. */
export function fixed(source: WordSource, text: string): Word<[]> {
  return word(source, () => text);
}
