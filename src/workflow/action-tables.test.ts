import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { literalText, type Template } from '../expression/template.ts';
import { parseAction } from './parse-action.ts';

interface Case {
  readonly name: string;
  readonly file: string;
  /** By the name of the runner's property. */
  readonly equal: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly refused?: true;
  readonly message?: string;
}

// The manifests of GitHub's runner and what its tests say of them (actions/runner, MIT: testdata/actions/LICENSE).
const folder = join(import.meta.dirname, 'testdata', 'actions');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const { cases } = JSON.parse(read('cases.json')) as { readonly cases: readonly Case[] };

/** Cases that do not apply, each with the reason. */
const skipped: Readonly<Record<string, string>> = {
  Load_PluginAction: 'plugins are parts of the runner itself; no action of anybody else’s is one',
};

test.each(cases.filter(({ name }) => !(name in skipped)))('$name', (one) => {
  const { action, problems } = parseAction({ path: one.file, text: read(one.file) });
  if (one.refused === true) {
    expect([action, problems.map(({ message }) => message).join('\n')]).toEqual([
      undefined,
      expect.stringContaining(one.message ?? ''),
    ]);
    return;
  }
  const runs: Record<string, unknown> = { ...action?.runs };
  const seen: Record<string, unknown> = {
    'result.Name': action?.name,
    'result.Execution.ExecutionType': { docker: 'Container', node: 'NodeJS', composite: 'Composite' }[
      String(runs['using'])
    ],
    Image: runs['image'],
    EntryPoint: runs['entrypoint'],
    Script: runs['main'],
    NodeVersion: `node${runs['version']}`,
    Pre: runs['pre'] ?? runs['preEntrypoint'],
    Post: runs['post'] ?? runs['postEntrypoint'],
    InitCondition: condition(runs['preIf']),
    CleanupCondition: condition(runs['postIf']),
  };
  for (const [key, value] of Object.entries(one.equal)) {
    // What an action says of itself is for its readers.
    if (key !== 'result.Description') expect([key, seen[key]]).toEqual([key, value]);
  }
  for (const [at, value] of (one.args ?? []).entries()) expect(written(items(runs['args'])[at])).toBe(value);
  for (const [key, value] of Object.entries(one.env ?? {})) expect(written(entries(runs['env'])[key])).toBe(value);
  for (const [key, value] of Object.entries(one.inputs ?? {})) {
    expect(literalText(action?.inputs[key]?.default) ?? '').toBe(value);
  }
});

test('what is skipped is in the table', () => {
  expect(Object.keys(skipped).filter((name) => !cases.some((one) => one.name === name))).toEqual([]);
  expect(cases).toHaveLength(21);
});

const condition = (template: unknown): string =>
  template === undefined ? 'always()' : ((template as { readonly expression?: string }).expression ?? '');

const items = (template: unknown): readonly Template[] =>
  (template as Template | undefined)?.kind === 'sequence' ? (template as Template & { kind: 'sequence' }).items : [];

function entries(template: unknown): Readonly<Record<string, Template>> {
  const mapping = template as Template | undefined;
  if (mapping?.kind !== 'mapping') return {};
  return Object.fromEntries(
    mapping.entries.flatMap(({ key, value }) => (key === 'insert' ? [] : [[literalText(key) ?? '', value]])),
  );
}

const written = (template: Template | undefined): string =>
  template?.kind === 'expression' ? `\${{ ${template.expression} }}` : (literalText(template) ?? '');
