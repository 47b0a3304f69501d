import type { Problem } from '../errors.ts';
import { entryOf, literalText, type Template } from '../expression/template.ts';
import { type Condition, checkCondition } from './check-condition.ts';
import { Identifiers } from './identifiers.ts';
import { invalid } from './problem.ts';

/** Ids, conditions, `uses`, and what names background steps, of a job's or a composite action's steps. */
export function checkSteps(steps: Template | undefined, ids: Identifiers = new Identifiers()): readonly Problem[] {
  if (steps?.kind !== 'sequence') return [];
  const known = new Set<string>();
  return steps.items.flatMap((step) => {
    const id = entryOf(step, 'id');
    const problems = [
      ...checkId(id, ids),
      ...checkTargets(entryOf(step, 'wait'), literalText(id), known),
      ...checkTargets(entryOf(step, 'cancel'), literalText(id), known),
      ...checkWaitAll(entryOf(step, 'wait-all')),
      ...checkIf(entryOf(step, 'if')),
      ...checkUses(entryOf(step, 'uses')),
      ...checkParallel(step, ids),
    ];
    known.add(literalText(id) ?? '');
    return problems;
  });
}

/** Steps that come before and have an id (actions/languageservices, converter/steps.ts). */
function checkTargets(
  targets: Template | undefined,
  own: string | undefined,
  known: ReadonlySet<string>,
): readonly Problem[] {
  if (targets === undefined) return [];
  return (targets.kind === 'sequence' ? targets.items : [targets]).flatMap((target) => {
    const id = literalText(target) ?? '';
    if (id.startsWith('__')) {
      return [invalid(target.at, `The identifier '${id}' is invalid. IDs starting with '__' are reserved.`)];
    }
    if (own !== undefined && own.toLowerCase() === id.toLowerCase()) {
      return [invalid(target.at, `Step '${own}' cannot reference itself`)];
    }
    return known.has(id) ? [] : [invalid(target.at, `Step references unknown step ID '${id}'`)];
  });
}

function checkWaitAll(value: Template | undefined): readonly Problem[] {
  if (value === undefined || literalText(value) !== 'false') return [];
  return [invalid(value.at, "The value of 'wait-all' must be true or omitted")];
}

function checkParallel(step: Template, ids: Identifiers): readonly Problem[] {
  const group = entryOf(step, 'parallel');
  if (group?.kind !== 'sequence') return [];
  const refused = group.items.flatMap((inner) =>
    Object.entries(notInParallel).flatMap(([key, message]) =>
      entryOf(inner, key) === undefined ? [] : [invalid(step.at, message)],
    ),
  );
  return [...refused, ...checkSteps(group, ids)];
}

const notInParallel = {
  background:
    "'background' is not allowed inside a parallel block. Steps in a parallel block are automatically run as background steps.",
  wait: "'wait' is not allowed inside a parallel block.",
  'wait-all': "'wait-all' is not allowed inside a parallel block.",
  cancel: "'cancel' is not allowed inside a parallel block.",
  parallel: "Nested 'parallel' blocks are not allowed.",
};

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
  if (text.startsWith('$/')) {
    // docs.github.com says that it is refused, not in which words.
    return text.includes('@')
      ? [invalid(uses.at, `A reference to the same repository takes no ref. Actual '${text}'`)]
      : [];
  }
  const [path = '', ref, ...more] = text.split('@');
  const segments = path.split(/[/\\]/).filter((segment) => segment !== '');
  if (segments.length >= 2 && ref !== undefined && ref !== '' && more.length === 0) return [];
  return [invalid(uses.at, `Expected format {org}/{repo}[/path]@ref. Actual '${text}'`)];
}
