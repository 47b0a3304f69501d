import { expect, test } from 'vitest';
import { parseAction } from './parse-action.ts';

const path = 'a/action.yml';

test('a JavaScript action; a default of null is the empty text', () => {
  const text =
    'name: a\ndescription: b\ninputs:\n  filter: {description: f, default: null}\n  token: {description: t, default: "${{ github.token }}"}\nruns:\n  using: node20\n  main: m.js\n  post: p.js\n  post-if: success()\n';
  const { action, problems } = parseAction({ path, text });
  expect(problems).toEqual([]);
  expect(action?.inputs['filter']?.default).toMatchObject({ kind: 'literal', value: '' });
  expect(action?.inputs['token']?.default).toMatchObject({ kind: 'expression' });
  expect(action?.runs).toMatchObject({ using: 'node', version: 20, main: 'm.js', post: 'p.js' });
});

test('a composite action', () => {
  const text =
    'name: a\ndescription: b\noutputs:\n  x: {description: x, value: "${{ steps.s.outputs.y }}"}\nruns:\n  using: composite\n  steps:\n    - {id: s, run: echo, shell: bash}\n    - uses: ./b\n';
  const { action } = parseAction({ path, text });
  expect(action?.outputs['x']?.value).toMatchObject({ expression: 'steps.s.outputs.y' });
  expect(action?.runs).toMatchObject({ using: 'composite', steps: [{ id: 's' }, { id: '__self', uses: './b' }] });
});

const problems = (text: string): readonly string[] => parseAction({ path, text }).problems.map((one) => one.message);

test.each([
  ['without name and description', 'runs: {using: node16, main: a.js}'],
  ['keys that nobody knows', 'name: a\nicon: x\ninputs: {a: {kind: 1, default: 1}}\nruns: {using: Node12, main: a.js}'],
  [
    'typed defaults',
    "inputs: {a: {default: true}, b: {default: 1.10}, c: {}}\nruns: {using: node24, main: a.js, pre: b.js, pre-if: runner.os == 'Linux'}",
  ],
  [
    'a container',
    'runs: {using: docker, image: Dockerfile, args: [a, "${{ inputs.a }}"], env: {A: "${{ inputs.a }}"}, entrypoint: x.sh}',
  ],
  [
    'steps',
    'runs:\n  using: composite\n  steps:\n    - {run: x, shell: bash, if: inputs.a, env: {A: 1}, working-directory: d, continue-on-error: true}\n    - {uses: a/b@v1, with: {c: "${{ inputs.a }}"}}\n',
  ],
  [
    'branding and outputs',
    'branding: {icon: x, color: nothing}\noutputs: {a: {description: d}}\nruns: {using: node20, main: a.js}',
  ],
])('as lenient as the runner: %s', (_, text) => {
  expect(problems(text)).toEqual([]);
});

test.each([
  ['name: a', "Top level 'runs:' section is required for a/action.yml"],
  [
    'runs: {using: node18, main: a.js}',
    "'using: node18' is not supported, use 'docker', 'node12', 'node16', 'node20' or 'node24' instead.",
  ],
  [
    'runs: {using: docker, entrypoint: x}',
    'You are using a Container Action but an image is not provided in a/action.yml.',
  ],
  ['runs: {using: composite, steps: [{run: x}]}', 'Required property is missing: shell'],
  ['runs: {using: composite, steps: [{uses: a}]}', "Expected format {org}/{repo}[/path]@ref. Actual 'a'"],
  [
    'runs: {using: composite, steps: [{run: x, shell: sh, if: secrets.A}]}',
    "Unrecognized named-value: 'secrets'. Located at position 1 within expression: secrets.A",
  ],
])('refused as by the runner: %s', (text, message) => {
  expect(problems(text)).toEqual([message]);
});
