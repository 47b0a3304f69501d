import { Lexer, TokenType } from '@actions/expressions/lexer';

const statusFunctions = new Set(['success', 'failure', 'cancelled', 'always']);

/** An `if` with GitHub's implicit `success() &&`; empty means `success()`. Text that does not lex comes back as it is. */
export function normaliseCondition(text: string): string {
  const condition = unwrap(text.trim());
  if (condition === '') return 'success()';
  return callsStatusFunction(condition) ? condition : `success() && (${condition})`;
}

/** Whether the expression calls `success()`, `failure()`, `cancelled()` or `always()`; true for text that does not lex. */
export function callsStatusFunction(expression: string): boolean {
  try {
    const { tokens } = new Lexer(expression).lex();
    return tokens.some(
      (token, index) =>
        token.type === TokenType.IDENTIFIER &&
        statusFunctions.has(token.lexeme.toLowerCase()) &&
        tokens[index + 1]?.type === TokenType.LEFT_PAREN &&
        tokens[index - 1]?.type !== TokenType.DOT,
    );
  } catch {
    return true;
  }
}

function unwrap(text: string): string {
  const match = /^\$\{\{((?:(?!\$\{\{).)*)\}\}$/s.exec(text);
  return match?.[1] === undefined ? text : match[1].trim();
}
