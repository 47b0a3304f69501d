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
    } else if (name !== 'exclude') {
      vectors += 1;
      if (name === undefined || value.kind !== 'sequence' || items.length > 0) continue;
      problems.push(invalid(value.at, `Matrix vector '${name}' does not contain any values`));
    }
  }
  if (vectors === 0) problems.push(invalid(matrix.at, 'Matrix must define at least one vector'));
  // As at GitHub, these wait for the run where anything is an expression.
  return hasExpression(strategy) ? problems : [...problems, ...checkRules(matrix)];
}

function checkRules(matrix: Template & { readonly kind: 'mapping' }): readonly Problem[] {
  const names = matrix.entries.map(({ key }) => (key === 'insert' ? '' : (literalText(key) ?? '').toLowerCase()));
  const vectors = new Set(names.filter((name) => name !== 'include' && name !== 'exclude'));
  const [includes, excludes] = (['include', 'exclude'] as const).map((name) => {
    const rules = entryOf(matrix, name);
    return rules?.kind === 'sequence' ? rules.items : [];
  });
  return [
    ...(includes ?? [])
      .filter(isEmptyMapping)
      .map(({ at }) => invalid(at, 'Matrix include mapping does not contain any values')),
    ...(excludes ?? []).flatMap((rule) =>
      isEmptyMapping(rule)
        ? [invalid(rule.at, 'Matrix exclude filter must not be empty')]
        : strangeKeys(rule, vectors).map(({ name, at }) =>
            invalid(at, `Matrix exclude key '${name}' does not match any key within the matrix`),
          ),
    ),
  ];
}

function strangeKeys(rule: Template, known: ReadonlySet<string>): readonly { name: string; at: Template['at'] }[] {
  if (rule.kind !== 'mapping') return [];
  return rule.entries.flatMap(({ key }) => {
    const name = key === 'insert' ? undefined : literalText(key);
    return key === 'insert' || name === undefined || known.has(name.toLowerCase()) ? [] : [{ name, at: key.at }];
  });
}

function isEmptyMapping(template: Template): boolean {
  return template.kind === 'mapping' && template.entries.length === 0;
}
