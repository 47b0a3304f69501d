import { expect, test } from 'vitest';
import { formatProblem } from '../errors.ts';
import { parseWorkflow } from './parse-workflow.ts';

const wrong = (text: string): readonly string[] => parseWorkflow({ path: 'w.yml', text }).problems.map(formatProblem);
const step = (lines: string): string => `on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: x\n${lines}`;
const job = (lines: string): string => `on: push\njobs:\n  a:\n    steps: [{run: x}]\n${lines}`;

test.each([
  ['an unknown event', 'on: pushed\njobs: {}', "w.yml:1:5: Unexpected value 'pushed'"],
  [
    'a missing runner',
    'on: push\njobs:\n  a:\n    steps: [{run: x}]\n',
    'w.yml:4:5: Required property is missing: runs-on',
  ],
  ['no jobs', 'on: push\n', 'w.yml:1:1: Required property is missing: jobs'],
  ['an unknown key', job('    runs-on: x\n    tasks: 1\n'), "w.yml:6:5: Unexpected value 'tasks'"],
  ['a tag', job('    runs-on: !main x\n'), "w.yml: Unexpected tag '!main'"],
  ['an alias of nothing', job('    runs-on: *x\n'), "w.yml: Unknown anchor 'x'"],
  [
    'an alias in itself',
    job('    runs-on: x\n    strategy: {matrix: {a: &x [*x]}}\n'),
    'w.yml: Maximum object depth exceeded',
  ],
  [
    'an empty vector',
    job('    runs-on: x\n    strategy: {matrix: {os: []}}\n'),
    "w.yml:6:29: Matrix vector 'os' does not contain any values",
  ],
  [
    'an exclude of what is not there',
    job('    runs-on: x\n    strategy: {matrix: {a: [1], exclude: [{a: 1}, {b: 2}]}}\n'),
    "w.yml:6:52: Matrix exclude key 'b' does not match any key within the matrix",
  ],
  [
    'an exclude of nothing',
    job('    runs-on: x\n    strategy: {matrix: {a: [1], exclude: [{}]}}\n'),
    'w.yml:6:43: Matrix exclude filter must not be empty',
  ],
  [
    'an empty matrix',
    job('    runs-on: x\n    strategy: {matrix: {exclude: []}}\n'),
    'w.yml:6:24: Matrix must define at least one vector',
  ],
  [
    'a unknown action form',
    step('      - uses: checkout\n'),
    "w.yml:7:15: Expected format {org}/{repo}[/path]@ref. Actual 'checkout'",
  ],
  [
    'the same id twice',
    step('      - {id: b, run: x}\n      - {id: B, run: x}\n'),
    "w.yml:8:14: The identifier 'B' may not be used more than once within the same scope.",
  ],
  ['a wait for nobody', step('      - {wait: b}\n'), "w.yml:7:16: Step references unknown step ID 'b'"],
  [
    'a wait for what comes later',
    step('      - {wait: b}\n      - {id: b, run: x, background: true}\n'),
    "w.yml:7:16: Step references unknown step ID 'b'",
  ],
  ['a cancel of itself', step('      - {id: b, cancel: b}\n'), "w.yml:7:25: Step 'b' cannot reference itself"],
  [
    'a wait for a generated id',
    step('      - {wait: [__run]}\n'),
    "w.yml:7:17: The identifier '__run' is invalid. IDs starting with '__' are reserved.",
  ],
  ['no wait at all', step('      - wait-all: false\n'), "w.yml:7:19: The value of 'wait-all' must be true or omitted"],
  ['a condition of a wait', step('      - {wait-all: true, if: always()}\n'), "w.yml:7:26: Unexpected value 'if'"],
  [
    'a group in a group',
    step('      - parallel: [{parallel: [{run: x}]}]\n'),
    "w.yml:7:9: Nested 'parallel' blocks are not allowed.",
  ],
  [
    'a background step in a group',
    step('      - parallel: [{run: x, background: true}]\n'),
    "w.yml:7:9: 'background' is not allowed inside a parallel block. Steps in a parallel block are automatically run as background steps.",
  ],
  [
    'a ref of the same repository',
    step('      - uses: $/action@v1\n'),
    "w.yml:7:15: A reference to the same repository takes no ref. Actual '$/action@v1'",
  ],
  [
    'a bad cron',
    'on: {schedule: [{cron: "61 * * * *"}]}\njobs: {a: {runs-on: x, steps: [{run: x}]}}',
    "w.yml:1:24: Invalid cron expression. Expected format: '* * * * *' (minute hour day month weekday)",
  ],
  [
    'a bad pattern',
    'on: {push: {branches: ["a", "[b"]}}\njobs: {a: {runs-on: x, steps: [{run: x}]}}',
    "w.yml:1:29: Invalid filter pattern '[b': Missing closing bracket ']' after '['",
  ],
  [
    'both forms of a filter',
    'on: {push: {paths: a, paths-ignore: b}}\njobs: {a: {runs-on: x, steps: [{run: x}]}}',
    'w.yml:1:37: you may only define one of `paths` and `paths-ignore` for a single event',
  ],
  [
    'more inputs of a dispatch than anybody fills in',
    `on: {workflow_dispatch: {inputs: {${Array.from({ length: 26 }, (_, at) => `i${at}: `).join(', ')}}}}\njobs: {a: {runs-on: x, steps: [{run: x}]}}`,
    'w.yml:1:34: you may only define up to 25 `inputs` for a `workflow_dispatch` event',
  ],
  [
    'a choice of nothing',
    'on: {workflow_dispatch: {inputs: {level: {type: choice}}}}\njobs: {a: {runs-on: x, steps: [{run: x}]}}',
    "w.yml:1:42: Missing 'options' for choice input",
  ],
  [
    'an open expression',
    step('      - run: ${{ github.ref\n'),
    'w.yml:7:14: The expression is not closed. An unescaped ${{ sequence was found, but the closing }} sequence was not found.',
  ],
  [
    'a wrong group',
    job('    runs-on: {group: team/x}\n'),
    "w.yml:5:22: Invalid runs-on group name 'team/x'. Please use 'organization/' or 'enterprise/' prefix to target a single runner group.",
  ],
  [
    'a cycle',
    'on: push\njobs:\n  s: {runs-on: x, steps: [{run: x}]}\n  a: {needs: b, runs-on: x, steps: [{run: x}]}\n  b: {needs: A, runs-on: x, steps: [{run: x}]}\n',
    "w.yml:4:14: Job 'a' depends on job 'b' which creates a cycle in the dependency graph.",
  ],
  [
    'two documents',
    'on: push\n---\njobs: {}\n',
    'w.yml:2:1: You have an error in your yaml syntax on line 2: one document was expected, found more',
  ],
  [
    'a queue that keeps all and cancels the one that runs',
    job('    runs-on: x\n    concurrency: {group: g, queue: max, cancel-in-progress: true}\n'),
    "w.yml:6:61: 'queue: max' cannot be combined with 'cancel-in-progress: true'",
  ],
  [
    'the same on the workflow',
    'on: push\nconcurrency: {group: g, queue: max, cancel-in-progress: true}\njobs: {a: {runs-on: x, steps: [{run: x}]}}',
    "w.yml:2:57: 'queue: max' cannot be combined with 'cancel-in-progress: true'",
  ],
  [
    'a service without image',
    job('    runs-on: x\n    services: {db: {env: {A: b}}}\n'),
    'w.yml:6:20: Container image cannot be empty',
  ],
])('%s', (_, text, message) => {
  expect(wrong(text)[0]).toBe(message);
});

test.each([
  ['foo', "references to workflows must be prefixed with format 'owner/repository/' or './' but was 'foo'"],
  ['a/b/.github/workflows/c.yml', 'no version specified'],
  ['./.github/workflows/c.yml@v1', 'cannot specify version when calling local workflows'],
])('a call of %s', (uses, message) => {
  expect(wrong(`on: push\njobs:\n  a:\n    uses: ${uses}\n`)).toEqual([
    `w.yml:4:11: invalid value workflow reference: ${message}`,
  ]);
});

test('brackets and quotes that nobody closes', () => {
  const open = [
    'jobs: {a: {runs-on: x, steps: [{run: x}]}',
    'jobs: {a: {runs-on: x, steps: [{run: x}}}',
    'name: "x',
    "name: 'x",
  ];
  for (const text of open) {
    expect(wrong(`on: push\n${text}\njobs:\n  b: {runs-on: x, steps: [{run: x}]}\n`)[0], text).toMatch(
      /^w\.yml:\d+:\d+: You have an error in your yaml syntax on line \d+: /,
    );
  }
});

test('empty files, lists and texts', () => {
  for (const text of ['', '# nothing\n', '[]', 'x', '{', '\u0000', '- a\n'])
    expect(wrong(text).length, text).toBeGreaterThan(0);
});

test('calls: what is missing, at any depth, and never for ever', () => {
  const call = (file: string): string => `on: [push, workflow_call]\njobs:\n  a:\n    uses: ./${file}\n`;
  const problems = (files: Readonly<Record<string, string>>) =>
    parseWorkflow(
      { path: 'a.yml', text: files['a.yml'] ?? '' },
      { readCalled: (reference) => files[reference], tokenDefault: 'read' },
    ).problems.map(formatProblem);
  expect(problems({ 'a.yml': call('b.yml') })).toEqual([
    'a.yml:4:11: error parsing called workflow "a.yml" -> "./b.yml" : failed to fetch workflow: workflow was not found.',
  ]);
  expect(
    problems({
      'a.yml': call('b.yml'),
      'b.yml': call('c.yml'),
      'c.yml': 'on: push\njobs: {a: {runs-on: x, steps: [{run: x}]}}',
    }),
  ).toEqual([
    'b.yml:4:11: Error from called workflow c.yml (Line: 1, Col: 5): workflow_call key is not defined in the referenced workflow.',
  ]);
  expect(problems({ 'a.yml': call('a.yml') })).toEqual(['Nested reusable workflow depth exceeded 9.']);
  const asking = 'on: workflow_call\npermissions: {contents: write}\njobs: {a: {runs-on: x, steps: [{run: x}]}}';
  expect(problems({ 'a.yml': call('b.yml'), 'b.yml': asking })).toEqual([
    "a.yml:3:3: Error calling workflow './b.yml'. The workflow './b.yml' is requesting 'contents: write', but is only allowed 'contents: read'.",
  ]);
});
