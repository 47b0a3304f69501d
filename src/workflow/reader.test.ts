import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseWorkflow } from './parse-workflow.ts';
import { differing } from './testdata/differing.ts';
import { plainValue, type ReaderCase, readCase } from './testing/reader-case.ts';
import { workflowValues } from './testing/workflow-values.ts';

const folder = join(import.meta.dirname, 'testdata', 'reader');
const files = readdirSync(folder).filter((name) => name.endsWith('.yml'));

// actions/languageservices, workflow-parser/testdata/reader (MIT): the same errors, else the same values.
test.each(files.filter((name) => !(name in differing)))('%s', (name) => {
  const one = readCase(folder, name);
  expect(outcome(one)).toEqual(wanted(one));
});

test('what is listed as differing does differ', () => {
  const same = Object.keys(differing).filter((name) => {
    const one = readCase(folder, name);
    return JSON.stringify(outcome(one)) === JSON.stringify(wanted(one));
  });
  expect(same).toEqual([]);
  expect(files).toHaveLength(195);
});

function outcome({ path, text, called, options, expected }: ReaderCase): unknown {
  const { workflow, problems } = parseWorkflow({ path, text }, options);
  if (workflow === undefined) {
    return problems.map(({ location, message }) => {
      if (location === undefined) return message;
      const place = location.line === undefined ? '' : ` (Line: ${location.line}, Col: ${location.column})`;
      const prefix = message.startsWith('Error from called workflow') ? 'In ' : '';
      return `${prefix}${location.file}${place}: ${message}`;
    });
  }
  const values = workflowValues(workflow, (reference) => {
    const read = options.readCalled === undefined ? undefined : called.get(reference);
    return read === undefined ? undefined : parseWorkflow({ path: reference, text: read }).workflow;
  });
  // The types of a dispatch's inputs are told by one of GitHub's readers only.
  const { 'input-types': types, ...rest } = values;
  return sorted('input-types' in expected ? { 'input-types': types, ...rest } : rest);
}

function wanted({ expected }: ReaderCase): unknown {
  const { errors, events: _, 'file-table': __, ...values } = plainValue(expected) as Record<string, unknown>;
  if (errors === undefined) return sorted(values);
  return (errors as readonly { readonly Message: string }[]).map(({ Message }) => Message);
}

/** The order of what the model keeps apart says nothing. */
function sorted(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => sorted(item));
    if (/^(?:input|secret)-definitions$/.test(key)) return items.map((item) => sorted(item, 'definition'));
    if (key === 'outputs') return items.map(withoutDescription);
    if (key === 'definition') return items.map((item) => sorted(item ?? [], 'strategy'));
    const unordered = /^(?:strategy|environment|concurrency|embedded-concurrency)$/.test(key);
    return unordered ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, entry]) => [name, sorted(entry, name)]));
}

/** The model keeps what the outputs of a called workflow are, not what their authors say of them. */
function withoutDescription(output: unknown): unknown {
  const [name, parts] = output as readonly [unknown, unknown];
  return [
    name,
    Array.isArray(parts) ? parts.filter((part) => !Array.isArray(part) || part[0] !== 'description') : parts,
  ];
}
