import { Tokenizer, TokenParser, TokenType } from '@streamparser/json';
import { TrunklineError } from '../errors.ts';
import { messageOf } from './message-of.ts';
import { type Report, reportInvalid } from './report.ts';

/** A value that was asked for, and the keys and indexes that lead to it. */
export interface JsonValue {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

export interface ReadJsonOptions {
  /** Such as `$.runs.*.results.*`. Ask for small values: each is held whole, everything else is passed over. */
  readonly paths: readonly string[];
  /** One JSON text after another, a line each. */
  readonly lines?: boolean;
  /** How deep `shapes` goes: the keys of the outermost object unless said. */
  readonly depth?: number;
}

/** What stands where, whatever its size: `runs.0.results` is an `array`, though none of it was asked for. */
export type Shapes = ReadonlyMap<string, 'array' | 'object' | 'null' | 'other'>;

/**
 * Reads JSON of any size piece by piece, and hands on the values that were asked for. Answers what stands near its root.
 * @throws REPORT_INVALID for what is empty, cut off or no JSON
 */
export async function readJson(
  report: Report,
  { paths, lines = false, depth: deep = 1 }: ReadJsonOptions,
  take: (value: JsonValue) => void,
): Promise<Shapes> {
  const tokenizer = new Tokenizer(lines ? { separator: '' } : {});
  const parser = new TokenParser({ paths: [...paths], keepStack: false, ...(lines ? { separator: '' } : {}) });
  const outline = new Outline(deep);
  let ended = false;
  tokenizer.onToken = (token) => {
    outline.take(token.token, token.value);
    parser.write(token);
  };
  parser.onValue = ({ key, value, stack }) => {
    const path = [...stack.slice(1).map((one) => one.key), key].filter((one) => one !== undefined);
    take({ path, value });
  };
  parser.onEnd = () => {
    ended = true;
  };
  let empty = true;
  try {
    for await (const chunk of report.open()) {
      const text: string = empty ? chunk.replace(/^\uFEFF/, '') : chunk;
      empty &&= text.trim() === '';
      tokenizer.write(text);
    }
  } catch (error) {
    if (error instanceof TrunklineError) throw error;
    throw reportInvalid(report, `expected JSON, found something else: ${messageOf(error)}`);
  }
  if (empty) throw reportInvalid(report, 'expected a report, found an empty file');
  if (outline.depth !== 0 || (!lines && !ended))
    throw reportInvalid(report, 'expected a whole report, found one that is cut off');
  return outline.shapes;
}

/** Follows tokens, and keeps what stands near the root. */
class Outline {
  readonly shapes = new Map<string, 'array' | 'object' | 'null' | 'other'>();
  depth = 0;
  readonly #deep: number;
  /** A key or an index for each level that is kept; undefined where a key comes next. */
  readonly #path: (string | number | undefined)[] = [];

  constructor(deep: number) {
    this.#deep = deep;
  }

  take(token: TokenType, value: unknown): void {
    if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) {
      this.depth -= 1;
      this.#path.length = Math.min(this.#path.length, this.depth);
    } else if (this.depth > this.#deep) {
      if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) this.depth += 1;
    } else this.#near(token, value);
  }

  #near(token: TokenType, value: unknown): void {
    const at = this.depth - 1;
    switch (token) {
      case TokenType.LEFT_BRACE:
      case TokenType.LEFT_BRACKET:
        if (this.depth > 0) this.#keep(token === TokenType.LEFT_BRACE ? 'object' : 'array');
        if (this.depth < this.#deep) this.#path[this.depth] = token === TokenType.LEFT_BRACE ? undefined : 0;
        this.depth += 1;
        return;
      case TokenType.COMMA: {
        const last = this.#path[at];
        if (typeof last === 'number') this.#path[at] = last + 1;
        else if (at >= 0) this.#path[at] = undefined;
        return;
      }
      case TokenType.COLON:
        return;
      default:
        if (at >= 0 && this.#path[at] === undefined) this.#path[at] = String(value);
        else if (at >= 0) this.#keep(token === TokenType.NULL ? 'null' : 'other');
    }
  }

  #keep(shape: 'array' | 'object' | 'null' | 'other'): void {
    if (this.#path.length === this.depth) this.shapes.set(this.#path.join('.'), shape);
  }
}
