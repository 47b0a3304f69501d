import type { Problem } from '../errors.ts';
import { entryOf, hasExpression, literalText, type Template } from '../expression/template.ts';
import { invalid } from './problem.ts';

/** What of a matrix is written out, and not left to an expression. */
export function checkStrategy(strategy: Template): readonly Problem[] {
  const matrix = entryOf(strategy, 'matrix');
  if (matrix?.kind !== 'mapping') return [];
  const problems: Problem[] = [];
  let vectors = 0;
  for (const { key, value } of matrix.entries) {
    const name = key === 'insert' ? undefined : literalText(key);
    const items = value.kind === 'sequence' ? value.items : [];
    if (name === 'include') {
      vectors += hasExpression(value) ? 1 : items.length;
      problems.push(...items.filter(isEmptyMapping).map(({ at }) => invalid(at, noValues)));
    } else if (name !== 'exclude') {
      vectors += 1;
      if (name === undefined || value.kind !== 'sequence' || items.length > 0) continue;
      problems.push(invalid(value.at, `Matrix vector '${name}' does not contain any values`));
    }
  }
  if (vectors === 0) problems.push(invalid(matrix.at, 'Matrix must define at least one vector'));
  return problems;
}

const noValues = 'Matrix include mapping does not contain any values';

function isEmptyMapping(template: Template): boolean {
  return template.kind === 'mapping' && template.entries.length === 0;
}
