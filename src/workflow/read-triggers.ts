import { entryOf, type Template } from '../expression/template.ts';
import { fields, literalEntries, textOf, texts } from './fields.ts';
import type { EventFilter, InputDefinition, Triggers, WorkflowCall } from './model.ts';

/** `on:` as a name, a list of names, or a mapping. */
export function readTriggers(on: Template | undefined): Triggers {
  const pairs: readonly (readonly [string, Template | undefined])[] =
    on?.kind === 'mapping' ? literalEntries(on) : (texts(on) ?? []).map((name) => [name, undefined] as const);
  const all = new Map(pairs);
  const schedule = all.get('schedule');
  return {
    events: Object.fromEntries(pairs.map(([name, value]) => [name, readFilter(value)])),
    schedule: schedule?.kind === 'sequence' ? schedule.items.map(readSchedule) : [],
    ...(all.has('workflow_dispatch') ? { workflowDispatch: { inputs: readInputs(all.get('workflow_dispatch')) } } : {}),
    ...(all.has('workflow_call') ? { workflowCall: readCall(all.get('workflow_call')) } : {}),
  };
}

function readFilter(value: Template | undefined): EventFilter {
  const lists = {
    types: texts(entryOf(value, 'types')),
    branches: texts(entryOf(value, 'branches')),
    branchesIgnore: texts(entryOf(value, 'branches-ignore')),
    tags: texts(entryOf(value, 'tags')),
    tagsIgnore: texts(entryOf(value, 'tags-ignore')),
    paths: texts(entryOf(value, 'paths')),
    pathsIgnore: texts(entryOf(value, 'paths-ignore')),
    workflows: texts(entryOf(value, 'workflows')),
  };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined));
}

function readSchedule(item: Template): { cron: string; timezone?: string } {
  const timezone = textOf(item, 'timezone');
  return { cron: textOf(item, 'cron') ?? '', ...(timezone === undefined ? {} : { timezone }) };
}

function readInputs(event: Template | undefined): Readonly<Record<string, InputDefinition>> {
  return Object.fromEntries(literalEntries(entryOf(event, 'inputs')).map(([name, input]) => [name, readInput(input)]));
}

function readInput(input: Template): InputDefinition {
  const type = textOf(input, 'type');
  const description = textOf(input, 'description');
  const options = texts(entryOf(input, 'options'));
  return {
    type: type === 'boolean' || type === 'number' || type === 'choice' || type === 'environment' ? type : 'string',
    required: textOf(input, 'required') === 'true',
    ...(description === undefined ? {} : { description }),
    ...(options === undefined ? {} : { options }),
    ...fields(input, { default: 'default' }),
  };
}

function readCall(call: Template | undefined): WorkflowCall {
  const secrets = literalEntries(entryOf(call, 'secrets'));
  const outputs = literalEntries(entryOf(call, 'outputs'));
  return {
    inputs: readInputs(call),
    secrets: Object.fromEntries(
      secrets.map(([name, secret]) => [name, { required: textOf(secret, 'required') === 'true' }]),
    ),
    outputs: Object.fromEntries(
      outputs.flatMap(([name, output]) => {
        const value = entryOf(output, 'value');
        return value === undefined ? [] : [[name, { value }]];
      }),
    ),
  };
}
