import { expect, test } from 'vitest';
import { matchEvent } from './match-event.ts';
import type { Triggers } from './model.ts';
import { workflowOf } from './testing/workflow-of.ts';

const jobs = 'jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: "true"\n';
const on = (text: string): Triggers => workflowOf(`${text}\n${jobs}`).on;

test('a name, a list, a mapping, quoted or not', () => {
  for (const text of ['on: push', '"on": push', "'on': [push]", 'on:\n  - push', 'on: {push: }', 'on: {push}']) {
    expect(Object.keys(on(text).events), text).toEqual(['push']);
  }
  expect(Object.keys(on('on: [push, pull_request, workflow_dispatch]').events)).toHaveLength(3);
});

test('filters as text and as lists, with every kind of pattern', () => {
  const { events } = on(`on:
  push:
    branches: main
    tags: ['v[0-9]+.[0-9]+.[0-9]+', '!v0.*', "release/**"]
    paths:
      - '**.md'
      - 'src/**/*.[jt]s'
      - '!docs/**'
  pull_request:
    types: [opened, synchronize, reopened, ready_for_review, labeled]
    branches-ignore: ['dependabot/**']
    paths-ignore: ['docs/**']
  pull_request_target: {types: closed}`);
  expect(events['push']).toEqual({
    branches: ['main'],
    tags: ['v[0-9]+.[0-9]+.[0-9]+', '!v0.*', 'release/**'],
    paths: ['**.md', 'src/**/*.[jt]s', '!docs/**'],
  });
  expect(events['pull_request']).toMatchObject({ branchesIgnore: ['dependabot/**'], pathsIgnore: ['docs/**'] });
  expect(events['pull_request_target']).toEqual({ types: ['closed'] });
});

test('tags that start nothing', () => {
  const triggers = on("on: { push: { tags-ignore: ['v0.*', '!v0.9'] } }");
  const pushed = (tag: string) => ({ name: 'push', ref: `refs/tags/${tag}`, payload: {} });
  expect(['v1', 'v0.1', 'v0.9'].map((tag) => matchEvent({ on: triggers }, pushed(tag), []))).toEqual([
    true,
    false,
    true,
  ]);
  expect(matchEvent({ on: triggers }, { name: 'push', ref: 'refs/heads/main', payload: {} }, [])).toBe(false);
});

test('schedules, with a time zone', () => {
  expect(
    on("on:\n  schedule:\n    - cron: '30 5 * * 1-5'\n    - cron: '*/15 0,12 1 JAN-JUN MON'").schedule,
  ).toHaveLength(2);
  const { schedule } = on("on: {schedule: [{cron: '0 8 * * *', timezone: Europe/Berlin}]}");
  expect(schedule).toEqual([{ cron: '0 8 * * *', timezone: 'Europe/Berlin' }]);
});

test('inputs of a dispatch: every type, none, and nothing below the name', () => {
  const { workflowDispatch } = on(`on:
  workflow_dispatch:
    inputs:
      plain:
      text: {description: d, default: "yes", required: true, type: string}
      flag: {type: boolean, default: true}
      count: {type: number, default: 3}
      level: {type: choice, options: [debug, info], default: info}
      where: {type: environment, required: false}`);
  expect(workflowDispatch?.inputs).toMatchObject({
    plain: { type: 'string', required: false },
    text: { type: 'string', required: true, default: { value: 'yes' } },
    flag: { type: 'boolean', default: { value: true } },
    count: { type: 'number', default: { value: 3 } },
    level: { type: 'choice', options: ['debug', 'info'] },
    where: { type: 'environment' },
  });
  expect(on('on:\n  workflow_dispatch:\n    inputs:').workflowDispatch).toEqual({ inputs: {} });
  expect(on('on: workflow_dispatch').workflowDispatch).toEqual({ inputs: {} });
});

test('a workflow to be called', () => {
  const { workflowCall } = on(`on:
  workflow_call:
    inputs:
      name: {type: string, required: true, description: d}
      dry-run: {type: boolean, default: false}
      count: {type: number}
      ref: {type: string, default: "\${{ github.ref }}"}
    secrets:
      token: {required: true}
      other: {description: d}
      bare:
    outputs:
      digest: {description: d, value: "\${{ jobs.a.outputs.digest }}"}`);
  expect(workflowCall?.inputs['ref']?.default).toMatchObject({ expression: 'github.ref' });
  expect(workflowCall?.secrets).toEqual({
    token: { required: true },
    other: { required: false },
    bare: { required: false },
  });
  expect(workflowCall?.outputs['digest']?.value).toMatchObject({ expression: 'jobs.a.outputs.digest' });
  expect(on('on: [workflow_call]').workflowCall).toEqual({ inputs: {}, secrets: {}, outputs: {} });
});

test('every other event', () => {
  const names = [
    ...['branch_protection_rule', 'check_run', 'check_suite', 'create', 'delete', 'deployment', 'deployment_status'],
    ...['discussion', 'discussion_comment', 'fork', 'gollum', 'issue_comment', 'issues', 'label', 'merge_group'],
    ...['milestone', 'page_build', 'public', 'pull_request_review', 'pull_request_review_comment'],
    ...['registry_package', 'release', 'repository_dispatch', 'status', 'watch', 'workflow_run'],
  ];
  expect(Object.keys(on(`on: [${names.filter((name) => name !== 'workflow_run').join(', ')}]`).events)).toHaveLength(
    25,
  );
  const { events } = on(`on:
  workflow_run: {workflows: [CI, "Build and test"], types: [completed], branches: [main, 'hotfixes/**']}
  repository_dispatch: {types: [deploy, roll-back]}
  release: {types: [published]}
  issue_comment: {types: [created]}
  merge_group: {types: checks_requested}`);
  expect(events['workflow_run']).toEqual({
    workflows: ['CI', 'Build and test'],
    types: ['completed'],
    branches: ['main', 'hotfixes/**'],
  });
  expect(events['repository_dispatch']).toEqual({ types: ['deploy', 'roll-back'] });
});
