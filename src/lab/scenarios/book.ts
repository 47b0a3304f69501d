/** One thing that a rehearsal expected, and what it found. */
export interface Expectation {
  readonly phase: number;
  readonly text: string;
  readonly expected: string;
  readonly found: string;
  readonly result: 'held' | 'failed' | 'skipped';
}

export interface Phase {
  readonly number: number;
  readonly title: string;
  readonly startedAt: number;
  readonly expectations: readonly Expectation[];
}

export type BookEvent =
  | { readonly kind: 'phase'; readonly number: number; readonly title: string }
  | { readonly kind: 'expectation'; readonly expectation: Expectation }
  | { readonly kind: 'note'; readonly text: string };

/** Moments that are measured from: the application's pull request is about to be merged. */
export type Mark = 'merge';

/** Thrown where the rest cannot be rehearsed because an expectation before it failed. */
export class Halt extends Error {
  override readonly name = 'Halt';
}

/** Writes down what was expected and what was found; nothing is held to be true that was not looked at. */
export class Book {
  readonly notes: string[] = [];
  readonly #phases: { number: number; title: string; startedAt: number; expectations: Expectation[] }[] = [];
  readonly #marks = new Map<Mark, number>();
  readonly #now: () => number;
  readonly #listener: (event: BookEvent) => void;

  constructor(now: () => number, listener: (event: BookEvent) => void) {
    this.#now = now;
    this.#listener = listener;
  }

  get phases(): readonly Phase[] {
    return this.#phases;
  }

  get failed(): boolean {
    return this.#phases.some((phase) => phase.expectations.some(({ result }) => result === 'failed'));
  }

  /** What follows belongs to it; numbers count up in the order in which a scenario plays them. */
  phase(title: string): void {
    const number = this.#phases.length + 1;
    this.#phases.push({ number, title, startedAt: this.#now(), expectations: [] });
    this.#listener({ kind: 'phase', number, title });
  }

  /** Remembers when something happened for the first time. */
  mark(what: Mark): void {
    if (!this.#marks.has(what)) this.#marks.set(what, this.#now());
  }

  markOf(what: Mark): number | undefined {
    return this.#marks.get(what);
  }

  note(text: string): void {
    if (this.notes.includes(text)) return;
    this.notes.push(text);
    this.#listener({ kind: 'note', text });
  }

  /** Holds when both are the same, compared as JSON. */
  same(text: string, expected: unknown, found: unknown): boolean {
    return this.#write(text, show(expected), show(found), show(expected) === show(found));
  }

  /** Holds when the pattern is in the text; `expected` says it in words. */
  matches(text: string, expected: string, pattern: RegExp, found: string): boolean {
    return this.#write(text, expected, excerpt(found, pattern), pattern.test(found));
  }

  holds(text: string, expected: string, found: string, held: boolean): boolean {
    return this.#write(text, expected, found, held);
  }

  skip(text: string, reason: string): void {
    this.#add({ text, expected: '', found: reason, result: 'skipped' });
  }

  /** As `holds`, for what all that follows rests on. @throws Halt */
  must(held: boolean, why: string): void {
    if (!held) throw new Halt(why);
  }

  /** Says why nothing after this was rehearsed; counts as failed where no expectation said so before. */
  halted(why: string): void {
    if (!this.failed) this.#write('the rehearsal goes on', 'it goes on', why, false);
    this.note(`stopped here: ${why}; what comes after it was not rehearsed`);
  }

  #write(text: string, expected: string, found: string, held: boolean): boolean {
    this.#add({ text, expected, found, result: held ? 'held' : 'failed' });
    return held;
  }

  #add(expectation: Omit<Expectation, 'phase'>): void {
    const phase = this.#phases.at(-1);
    if (phase === undefined) throw new Error('an expectation belongs to a phase');
    const written = { phase: phase.number, ...expectation };
    phase.expectations.push(written);
    this.#listener({ kind: 'expectation', expectation: written });
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

/** The line that matches, or the first ones. */
function excerpt(text: string, pattern: RegExp): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => pattern.test(line)) ?? lines.slice(0, 3).join(' ')).trim() || 'nothing';
}
