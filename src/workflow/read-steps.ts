import { normaliseCondition } from '../expression/condition.ts';
import { literalText, type Template } from '../expression/template.ts';
import { fields, textOf } from './fields.ts';
import type { Step } from './model.ts';
import { stepIds } from './step-ids.ts';

export function readSteps(template: Template | undefined): readonly Step[] {
  if (template?.kind !== 'sequence') return [];
  const named = template.items.map((item) => {
    const id = textOf(item, 'id');
    const uses = textOf(item, 'uses');
    return { ...(id === undefined || id === '' ? {} : { id }), ...(uses === undefined ? {} : { uses }) };
  });
  const ids = stepIds(named);
  return template.items.map((item, index) => ({
    ...named[index],
    id: ids[index] ?? '__run',
    at: item.at,
    ...fields(item, {
      name: 'name',
      with: 'with',
      run: 'run',
      shell: 'shell',
      workingDirectory: 'working-directory',
      env: 'env',
      continueOnError: 'continue-on-error',
      timeoutMinutes: 'timeout-minutes',
    }),
    if: readCondition(fields(item, { if: 'if' }).if, item),
  }));
}

/** The condition with its implicit `success()`. */
export function readCondition(template: Template | undefined, owner: Template): Template {
  const text = template?.kind === 'expression' ? template.expression : (literalText(template) ?? '');
  return { kind: 'expression', expression: normaliseCondition(text), at: (template ?? owner).at };
}
