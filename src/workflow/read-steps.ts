import { normaliseCondition } from '../expression/condition.ts';
import { entryOf, literalText, type Template } from '../expression/template.ts';
import { fields, textOf, texts } from './fields.ts';
import type { Step, StepControl } from './model.ts';
import { stepIds } from './step-ids.ts';

/** The steps in the order in which they start. */
export function readSteps(template: Template | undefined): readonly Step[] {
  if (template?.kind !== 'sequence') return [];
  const flat = template.items.flatMap(flatten);
  const ids = stepIds(flat);
  const idOf = new Map(flat.map(({ item }, index) => [item, ids[index] ?? '__run']));
  return flat.map(({ item, id: _, kind: __, group, ...rest }, index) => {
    const control = group === undefined ? readControl(item) : { kind: 'wait' as const, steps: group.map(idsOf(idOf)) };
    return {
      ...rest,
      id: ids[index] ?? '__run',
      at: item.at,
      ...(control === undefined ? {} : { control, name: literal(controlNames[kindOf(item)], item) }),
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
      if: control === undefined ? readCondition(fields(item, { if: 'if' }).if, item) : always(item),
    };
  });
}

interface FlatStep {
  readonly item: Template;
  readonly id?: string;
  readonly uses?: string;
  readonly background?: true;
  /** For the generated id of a step that neither runs nor uses anything. */
  readonly kind?: string;
  /** The steps of a `parallel` group, of which this is the end. */
  readonly group?: readonly Template[];
}

/** A `parallel` group is its steps in the background, and a wait for them. */
function flatten(item: Template): readonly FlatStep[] {
  const parallel = entryOf(item, 'parallel');
  if (parallel?.kind !== 'sequence') return [flat(item, literalText(entryOf(item, 'background')) === 'true')];
  return [...parallel.items.map((inner) => flat(inner, true)), { item, kind: 'parallel', group: parallel.items }];
}

function flat(item: Template, background: boolean): FlatStep {
  const id = textOf(item, 'id');
  const uses = textOf(item, 'uses');
  const kind = kindOf(item);
  return {
    item,
    ...(id === undefined || id === '' ? {} : { id }),
    ...(uses === undefined ? {} : { uses }),
    ...(background ? { background } : {}),
    ...(kind === 'run' ? {} : { kind }),
  };
}

const controlNames = {
  run: '',
  wait: 'Wait',
  'wait-all': 'Wait for all',
  cancel: 'Cancel',
  parallel: 'Parallel group',
};

function kindOf(item: Template): keyof typeof controlNames {
  const kinds = ['wait', 'wait-all', 'cancel', 'parallel'] as const;
  return kinds.find((kind) => entryOf(item, kind) !== undefined) ?? 'run';
}

function readControl(item: Template): StepControl | undefined {
  const kind = kindOf(item);
  if (kind === 'wait-all') return { kind };
  if (kind === 'wait' || kind === 'cancel') return { kind, steps: texts(entryOf(item, kind)) ?? [] };
  return undefined;
}

const idsOf =
  (known: ReadonlyMap<Template, string>) =>
  (item: Template): string =>
    known.get(item) ?? '';

const literal = (value: string, { at }: Template): Template => ({ kind: 'literal', value, at });
const always = ({ at }: Template): Template => ({ kind: 'expression', expression: 'always()', at });

/** The condition with its implicit `success()`. */
export function readCondition(template: Template | undefined, owner: Template): Template {
  const text = template?.kind === 'expression' ? template.expression : (literalText(template) ?? '');
  return { kind: 'expression', expression: normaliseCondition(text), at: (template ?? owner).at };
}
