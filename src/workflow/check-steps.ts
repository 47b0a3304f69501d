import type { Problem } from '../errors.ts';
import { entryOf, literalText, type Template } from '../expression/template.ts';
import { type Condition, checkCondition } from './check-condition.ts';
import { Identifiers } from './identifiers.ts';
import { invalid } from './problem.ts';

/** Ids, conditions and `uses` of a job's or a composite action's steps. */
export function checkSteps(steps: Template | undefined): readonly Problem[] {
  if (steps?.kind !== 'sequence') return [];
  const ids = new Identifiers();
  return steps.items.flatMap((step) => [
    ...checkId(entryOf(step, 'id'), ids),
    ...checkIf(entryOf(step, 'if')),
    ...checkUses(entryOf(step, 'uses')),
  ]);
}

function checkId(id: Template | undefined, ids: Identifiers): readonly Problem[] {
  const text = literalText(id) ?? '';
  const wrong = text === '' ? undefined : ids.add(text);
  return id === undefined || wrong === undefined ? [] : [invalid(id.at, wrong)];
}

const stepCondition: Condition = {
  contexts: ['github', 'vars', 'inputs', 'needs', 'strategy', 'matrix', 'steps', 'job', 'runner', 'env'],
  functions: { always: [0, 0], cancelled: [0, 0], failure: [0, 0], success: [0, 0], hashFiles: [1, 255] },
};

function checkIf(condition: Template | undefined): readonly Problem[] {
  return condition === undefined ? [] : checkCondition(condition, stepCondition);
}

function checkUses(uses: Template | undefined): readonly Problem[] {
  const text = literalText(uses);
  if (uses === undefined || text === undefined || /^(?:docker:\/\/|\.[/\\])/.test(text)) return [];
  const [path = '', ref, ...more] = text.split('@');
  const segments = path.split(/[/\\]/).filter((segment) => segment !== '');
  if (segments.length >= 2 && ref !== undefined && ref !== '' && more.length === 0) return [];
  return [invalid(uses.at, `Expected format {org}/{repo}[/path]@ref. Actual '${text}'`)];
}
