import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { evaluateExpression } from '../../expression/evaluate-expression.ts';
import { toPlain } from '../../expression/json.ts';
import { parseWorkflow } from '../parse-workflow.ts';
import { checkOwnJobs } from './check-own-jobs.ts';
import { generate } from './generate.ts';
import { ownJobsPlace } from './generated-file.ts';
import { parseLock } from './lock.ts';
import { configOf } from './testing/configurations.ts';

const services = 'kind: Services\ninfra: acme/infra\nservices: { api: { commands: { unit: make test } } }\n';
const environments = `kind: Environments
accept: { acme/api: { services: { api: api-team } } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
environments: { dev: { track: main } }
`;

/** The file made anew, with these jobs in their place. */
function withJobs(text: string, name: string, own: string): string {
  const path = `.github/workflows/${name}`;
  const made = (existing: string | undefined): string =>
    generate(configOf(text), parseLock(undefined), (asked) => (asked === path ? existing : undefined)).files.find(
      (one) => one.path === path,
    )?.text ?? '';
  return made(made(undefined).replace(ownJobsPlace.end, `${own}${ownJobsPlace.end}`));
}

const job = (id: string, more = ''): string =>
  `  ${id}:\n${more}    runs-on: ubuntu-24.04\n    permissions: {}\n    timeout-minutes: 5\n    steps:\n      - run: make ${id}\n`;

function answer(expression: string, needs: Readonly<Record<string, string>>, event = 'push'): unknown {
  const contexts = {
    needs: Object.fromEntries(Object.entries(needs).map(([id, result]) => [id, { result }])),
    inputs: { changed: true },
    github: { event_name: event },
  };
  return toPlain(evaluateExpression(/^\$\{\{ ([\s\S]*) \}\}$/.exec(expression)?.[1] ?? expression, contexts));
}

test('a job of one’s own in publish.yml counts: nothing is published without it, and the required check is red', () => {
  const text = withJobs(services, 'publish.yml', `${job('licences')}${job('announce', '    needs: [record]\n')}`);
  expect(parseWorkflow({ path: '.github/workflows/publish.yml', text }).problems).toEqual([]);
  const { publish, passed } = parse(text).jobs;
  expect(publish.needs).toEqual(['test', 'licences']);
  expect(passed.needs).toEqual(['test', 'publish', 'record', 'licences', 'announce']);
  const results = (licences: string, announce = 'success') => ({
    test: 'success',
    publish: 'success',
    record: 'success',
    licences,
    announce,
  });
  const green = (needs: Readonly<Record<string, string>>): unknown => answer(passed.steps[0].env.PASSED, needs);
  expect(green(results('success'))).toBe(true);
  expect(green(results('failure'))).toBe(false);
  expect(green(results('skipped'))).toBe(false);
  expect(green(results('success', 'failure'))).toBe(false);
  const starts = publish.if.replace('!cancelled() && ', '');
  expect(answer(starts, results('success'))).toBe(true);
  expect(answer(starts, results('failure'))).toBe(false);
});

test('one that says itself when it has work to do may be skipped, and does not fail for it', () => {
  const text = withJobs(services, 'publish.yml', job('nightly', "    if: github.event_name == 'push'\n"));
  const { passed } = parse(text).jobs;
  const needs = { test: 'success', publish: 'skipped', record: 'skipped' };
  const green = (nightly: string): unknown => answer(passed.steps[0].env.PASSED, { ...needs, nightly }, 'pull_request');
  expect([green('skipped'), green('success'), green('failure')]).toEqual([true, true, false]);
});

test('in an infra repository they count by the check that its ruleset requires', () => {
  const text = withJobs(environments, 'checks.yml', job('render'));
  expect(parseWorkflow({ path: '.github/workflows/checks.yml', text }).problems).toEqual([]);
  const { checks } = parse(text).jobs;
  expect(checks).toMatchObject({ needs: ['render'], if: '!cancelled()' });
  expect(answer(checks.steps[0].env.PASSED, { render: 'success' })).toBe(true);
  expect(answer(checks.steps[0].env.PASSED, { render: 'failure' })).toBe(false);
});

test('what is no job is refused, with where and how', () => {
  expect(() => withJobs(services, 'publish.yml', '  - run: make\n')).toThrow(
    'expected jobs between the lines for your own, found something else',
  );
  expect(() => withJobs(services, 'publish.yml', '  a: [\n')).toThrow('expected jobs between the lines for your own');
});

test('a job that waits for what is no longer there, or takes a name that is taken, is refused where it stands', () => {
  const path = '.github/workflows/publish.yml';
  const found = (own: string): readonly unknown[] => {
    const text = withJobs(services, 'publish.yml', own);
    const at = text.split('\n').indexOf(ownJobsPlace.begin) + 1;
    return checkOwnJobs([{ path, text }], () => `# one more\n${text}`).map(({ message, location }) => [
      message,
      (location?.line ?? 0) - at - 1,
    ]);
  };
  expect(found(job('late', '    needs: [gone]\n'))).toEqual([["Job 'late' depends on unknown job 'gone'.", 2]]);
  expect(found(job('test'))).toEqual([["'test' is already defined", 1]]);
  expect(found(job('fine'))).toEqual([]);
});
