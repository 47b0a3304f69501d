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
}

/**
 * Reads JSON of any size piece by piece, and hands on the values that were asked for. Answers the keys of the outermost
 * object. @throws REPORT_INVALID for what is empty, cut off or no JSON
 */
export async function readJson(
  report: Report,
  { paths, lines = false }: ReadJsonOptions,
  take: (value: JsonValue) => void,
): Promise<ReadonlySet<string>> {
  const tokenizer = new Tokenizer(lines ? { separator: '' } : {});
  const parser = new TokenParser({ paths: [...paths], keepStack: false, ...(lines ? { separator: '' } : {}) });
  const keys = new Set<string>();
  let depth = 0;
  let last = '';
  let ended = false;
  tokenizer.onToken = (token) => {
    if (token.token === TokenType.LEFT_BRACE || token.token === TokenType.LEFT_BRACKET) depth += 1;
    else if (token.token === TokenType.RIGHT_BRACE || token.token === TokenType.RIGHT_BRACKET) depth -= 1;
    else if (depth === 1 && token.token === TokenType.STRING) last = String(token.value);
    else if (depth === 1 && token.token === TokenType.COLON) keys.add(last);
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
  if (depth !== 0 || (!lines && !ended))
    throw reportInvalid(report, 'expected a whole report, found one that is cut off');
  return keys;
}
