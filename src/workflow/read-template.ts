import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import {
  isBasicExpression,
  isBoolean,
  isMapping,
  isNumber,
  isSequence,
  isString,
} from '@actions/workflow-parser/templates/tokens/type-guards';
import { TokenType } from '@actions/workflow-parser/templates/tokens/types';
import type { Location } from '../errors.ts';
import type { ExpressionTemplate, LiteralTemplate, Template } from '../expression/template.ts';

/** The token tree as plain data. */
export function readTemplate(token: TemplateToken, file: string): Template {
  const at = placeOf(token, file);
  if (isMapping(token)) {
    const entries = [...token].map(({ key, value }) => ({
      key: key.templateTokenType === TokenType.InsertExpression ? ('insert' as const) : scalar(key, file),
      value: readTemplate(value, file),
    }));
    return { kind: 'mapping', entries, at };
  }
  if (isSequence(token)) return { kind: 'sequence', items: [...token].map((item) => readTemplate(item, file)), at };
  return scalar(token, file);
}

function scalar(token: TemplateToken, file: string): LiteralTemplate | ExpressionTemplate {
  const at = placeOf(token, file);
  if (isBasicExpression(token)) return { kind: 'expression', expression: token.expression, at };
  const value = isString(token) || isNumber(token) || isBoolean(token) ? token.value : null;
  return { kind: 'literal', value, at };
}

export function placeOf(token: TemplateToken, file: string): Location {
  const { line, col } = token;
  return { file, ...(line === undefined ? {} : { line }), ...(col === undefined ? {} : { column: col }) };
}
