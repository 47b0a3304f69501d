import { expect, test } from 'vitest';
import { formatProblem } from '../errors.ts';
import { evaluate } from '../expression/evaluate.ts';
import { parseWorkflow } from './parse-workflow.ts';

const path = '.github/workflows/w.yml';
const wrong = (text: string, read?: (path: string) => string | undefined): readonly string[] =>
  parseWorkflow({ path, text }, read === undefined ? {} : { readCalled: read }).problems.map(formatProblem);

test('scripts of several lines keep their text around expressions', () => {
  const { workflow } = parseWorkflow({
    path,
    text: "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          cat <<EOF\n          it's '${{ github.ref }}'\n          EOF\n",
  });
  const run = workflow?.jobs[0]?.steps[0]?.run;
  expect(run && evaluate(run, { github: { ref: 'r' } })).toBe("cat <<EOF\nit's 'r'\nEOF\n");
});

test('secrets are no part of a condition', () => {
  const text =
    "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - if: ${{ secrets.HOOK != '' }}\n        run: x\n";
  expect(wrong(text)).toEqual([
    `${path}:6:13: Unrecognized named-value: 'secrets'. Located at position 1 within expression: secrets.HOOK != ''`,
  ]);
});

test('ids, needs and calls are checked', () => {
  const steps = 'on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - {id: b, run: x}\n      - {id: B, run: x}\n';
  expect(wrong(steps)[0]).toContain("The identifier 'B' may not be used more than once within the same scope.");
  expect(
    wrong('on: push\njobs:\n  a: {runs-on: x, steps: [{run: x}]}\n  b: {needs: c, runs-on: x, steps: [{run: x}]}\n')[0],
  ).toContain("Job 'b' depends on unknown job 'c'.");
  const call = 'on: push\njobs:\n  a:\n    uses: ./.github/workflows/c.yml\n    with: {y: 1}\n';
  const called =
    'on: {workflow_call: {inputs: {x: {type: string, required: true}}}}\njobs: {a: {runs-on: x, steps: [{run: x}]}}\n';
  const problems = wrong(call, () => called);
  expect(problems[0]).toContain('Input x is required, but not provided while calling.');
  expect(problems[1]).toContain('Invalid input, y is not defined in the referenced workflow.');
});
