/**
 * Answers that cannot change, by question, up to so many bytes in all; the least used go first. Questions of two
 * repositories differ by their folder.
 */
export class SettledAnswers<Answer> {
  readonly #answers = new Map<string, { readonly answer: Answer; readonly size: number }>();
  readonly #room: number;
  #used = 0;

  constructor(room: number) {
    this.#room = room;
  }

  get(key: string): Answer | undefined {
    const known = this.#answers.get(key);
    if (known === undefined) return undefined;
    this.#answers.delete(key);
    this.#answers.set(key, known);
    return known.answer;
  }

  /** What alone would take an eighth of the room is not kept. */
  keep(key: string, answer: Answer, bytes: number): void {
    const size = key.length + bytes;
    if (size > this.#room / 8 || this.#answers.has(key)) return;
    this.#answers.set(key, { answer, size });
    this.#used += size;
    for (const [oldest, { size: freed }] of this.#answers) {
      if (this.#used <= this.#room) break;
      this.#answers.delete(oldest);
      this.#used -= freed;
    }
  }
}
