import type { Problem } from '../errors.ts';
import { maxExpressionLength } from '../expression/parse-expression.ts';
import type { Template } from '../expression/template.ts';
import { invalid } from './problem.ts';
import { isTooLong } from './too-long.ts';

/** The package measures each expression by itself, GitHub the whole scalar that it becomes a part of. */
export function checkLengths(template: Template): readonly Problem[] {
  switch (template.kind) {
    case 'expression':
      return template.expression.length > maxExpressionLength ? [invalid(template.at, isTooLong)] : [];
    case 'sequence':
      return template.items.flatMap(checkLengths);
    case 'mapping':
      return template.entries.flatMap(({ value }) => checkLengths(value));
    case 'literal':
      return [];
  }
}
