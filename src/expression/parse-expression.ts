import type { Expr } from '@actions/expressions/ast';
import { ExpressionError } from '@actions/expressions/errors';
import type { FunctionInfo } from '@actions/expressions/funcs/info';
import { Lexer, type Token, TokenType } from '@actions/expressions/lexer';
import { Parser } from '@actions/expressions/parser';
import { TrunklineError } from '../errors.ts';

/** GitHub's limit for one expression, text around it included. */
export const maxExpressionLength = 21_000;

/** Undefined for an empty expression, whose value is null. @throws EXPRESSION_INVALID in GitHub's words */
export function parseExpression(
  text: string,
  contexts: readonly string[],
  functions: readonly FunctionInfo[],
): Expr | undefined {
  if (text.length > maxExpressionLength) {
    throw new TrunklineError('EXPRESSION_INVALID', `Exceeded max expression length ${maxExpressionLength}`);
  }
  let last: Token | undefined;
  try {
    const { tokens } = new Lexer(text).lex();
    if (tokens.length <= 1) return undefined;
    last = tokens.at(-2);
    return new Parser(tokens.map(unquote), [...contexts], [...functions]).parse();
  } catch (error) {
    throw new TrunklineError('EXPRESSION_INVALID', describe(error, text, last));
  }
}

/** The package's lexer turns only the first `''` of a text into `'`. */
function unquote(token: Token): Token {
  if (token.type !== TokenType.STRING) return token;
  return { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") };
}

/** GitHub's words and place; where the text ends too early, the last word of it is named. */
function describe(error: unknown, text: string, last: Token | undefined): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof ExpressionError)) return error.message;
  const early = error.message === "Unexpected symbol: 'EOF'" && last !== undefined;
  const { line, column } = early ? last.range.start : error.pos;
  const before = text.split('\n').slice(0, line).join('\n').length + (line > 0 ? 1 : 0);
  const message = early ? `Unexpected end of expression: '${last.lexeme}'` : error.message;
  return `${message}. Located at position ${before + column + 1} within expression: ${text}`;
}
