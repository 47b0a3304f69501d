import type { Problem } from '../errors.ts';
import { entryOf, literalText, type Template } from '../expression/template.ts';
import type { Action, ActionInput, Runs } from './action-model.ts';
import { checkSteps } from './check-steps.ts';
import { fields, literalEntries, textOf } from './fields.ts';
import { loadTokens } from './load-tokens.ts';
import { invalid } from './problem.ts';
import { readSteps } from './read-steps.ts';
import { readTemplate } from './read-template.ts';

export type { Action, ActionInput, ActionOutput, Runs } from './action-model.ts';

/** Reads an action.yml as GitHub's runner does; no action where there is a problem that keeps it from running. */
export function parseAction(source: { readonly path: string; readonly text: string }): {
  action?: Action;
  problems: readonly Problem[];
} {
  const { context, root } = loadTokens(source, 'action');
  const problems = context.problems();
  if (root === undefined || problems.length > 0) return { problems };
  const template = readTemplate(root, source.path);
  const part = entryOf(template, 'runs');
  const runs = readRuns(part, source.path);
  if (typeof runs === 'string') return { problems: [invalid((part ?? template).at, runs)] };
  const wrong = runs.using === 'composite' ? checkSteps(entryOf(part, 'steps')) : [];
  if (wrong.length > 0) return { problems: wrong };
  const outputs = literalEntries(entryOf(template, 'outputs')).map(([name, output]) => {
    const description = textOf(output, 'description');
    return [name, { ...fields(output, { value: 'value' }), ...(description === undefined ? {} : { description }) }];
  });
  return {
    action: {
      name: textOf(template, 'name') ?? '',
      inputs: Object.fromEntries(
        literalEntries(entryOf(template, 'inputs')).map(([n, input]) => [n, readInput(input)]),
      ),
      outputs: Object.fromEntries(outputs),
      runs,
    },
    problems,
  };
}

function readInput(input: Template): ActionInput {
  const description = textOf(input, 'description');
  const deprecationMessage = textOf(input, 'deprecationmessage');
  const value = entryOf(input, 'default');
  return {
    required: textOf(input, 'required') === 'true',
    ...(value === undefined ? {} : { default: textual(value) }),
    ...(description === undefined ? {} : { description }),
    ...(deprecationMessage === undefined ? {} : { deprecationMessage }),
  };
}

/** Inputs are text: a default of null is the empty one. */
function textual(value: Template): Template {
  return value.kind === 'literal' ? { ...value, value: literalText(value) ?? '' } : value;
}

/** What the action runs, or GitHub's words for what is wrong with it (actions/runner, ActionManifestManager.cs). */
function readRuns(runs: Template | undefined, path: string): Runs | string {
  if (runs === undefined) return `Top level 'runs:' section is required for ${path}`;
  const using = textOf(runs, 'using')?.toLowerCase();
  const versions = "'composite', 'docker', 'node12', 'node16', 'node20' or 'node24'";
  if (using === undefined) return `Missing 'using' value. 'using' requires ${versions}.`;
  if (using === 'composite') {
    const steps = entryOf(runs, 'steps');
    if (steps === undefined) return `You are using a composite action but there are no steps provided in ${path}.`;
    return { using, steps: readSteps(steps) };
  }
  const preIf = conditionOf(runs, 'pre-if');
  const postIf = conditionOf(runs, 'post-if');
  const conditions = { ...(preIf === undefined ? {} : { preIf }), ...(postIf === undefined ? {} : { postIf }) };
  if (using === 'docker') {
    const image = textOf(runs, 'image');
    if (image === undefined) return `You are using a Container Action but an image is not provided in ${path}.`;
    return {
      using,
      image,
      ...texts(runs, { entrypoint: 'entrypoint', preEntrypoint: 'pre-entrypoint', postEntrypoint: 'post-entrypoint' }),
      ...fields(runs, { args: 'args', env: 'env' }),
      ...conditions,
    };
  }
  const version = /^node(12|16|20|24)$/.exec(using)?.[1];
  const main = textOf(runs, 'main');
  if (version === undefined) {
    return `'using: ${textOf(runs, 'using')}' is not supported, use 'docker', 'node12', 'node16', 'node20' or 'node24' instead.`;
  }
  if (main === undefined) {
    return `You are using a JavaScript Action but there is not an entry JavaScript file provided in ${path}.`;
  }
  return { using: 'node', version: Number(version), main, ...texts(runs, { pre: 'pre', post: 'post' }), ...conditions };
}

/** A condition of an action is an expression with or without `${{ }}`; no `success()` is implied. */
function conditionOf(runs: Template | undefined, key: string): Template | undefined {
  const value = entryOf(runs, key);
  const text = literalText(value);
  if (value === undefined || text === undefined) return value;
  return { kind: 'expression', expression: text, at: value.at };
}

function texts<Name extends string>(
  template: Template | undefined,
  names: Readonly<Record<Name, string>>,
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name in names) {
    const text = textOf(template, names[name]);
    if (text !== undefined && text !== '') found[name] = text;
  }
  return found;
}
