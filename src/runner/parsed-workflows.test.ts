import { expect, test } from 'vitest';
import { rememberParsed } from './parsed-workflows.ts';

const path = '.github/workflows/x.yml';
const caller = 'on: push\njobs:\n  a:\n    uses: ./.github/workflows/y.yml\n';
const called = (input: string): string =>
  `on:\n  workflow_call:\n    ${input}\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps: [{ run: 'true' }]\n`;

test('the same text is parsed once, another one anew', () => {
  const parse = rememberParsed();
  const text = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{ run: "true" }]\n';
  const first = parse({ path, text });
  expect(first.workflow?.jobs).toHaveLength(1);
  expect(parse({ path, text })).toBe(first);
  expect(parse({ path, text: `${text}# changed\n` })).not.toBe(first);
  expect(parse({ path, text })).toBe(first);
});

test('a called file that changed is looked at again', () => {
  const parse = rememberParsed();
  let text = called('inputs: {}');
  const ask = () => parse({ path, text: caller }, { readCalled: () => text });
  const first = ask();
  expect(first.problems).toEqual([]);
  expect(ask()).toBe(first);
  text = called('inputs: { must: { type: string, required: true } }');
  expect(ask().problems).not.toEqual([]);
});
