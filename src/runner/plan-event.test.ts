import { expect, test } from 'vitest';
import type { WorkflowEvent } from '../protocol/event.ts';
import { planEvent } from './plan-event.ts';

const path = '.github/workflows/ship.yml';
const remote = 'acme/platform/.github/workflows/deploy.yml@v1';
const called = (permissions: string): string =>
  `on: {workflow_call: {inputs: {env: {type: string, required: true}}}}\npermissions: {${permissions}}\njobs: {a: {runs-on: x, steps: [{run: x}]}}\n`;

const event: WorkflowEvent = {
  id: 1,
  at: '2026-01-01T00:00:00Z',
  name: 'push',
  repository: {
    id: 1,
    owner: 'acme',
    name: 'app',
    fullName: 'acme/app',
    ownerId: 1,
    private: true,
    defaultBranch: 'main',
    tokenDefault: 'read',
  },
  actor: { id: 2, login: 'alice', type: 'User' },
  ref: 'refs/heads/main',
  sha: 'a'.repeat(40),
  headSha: 'a'.repeat(40),
  workflowSha: 'a'.repeat(40),
  payload: {},
  refProtected: false,
  depth: 0,
  fromFork: false,
  pullRequests: [],
};

/** What an event starts where the repository has one workflow, and others have these files. */
async function plan(text: string, others: Readonly<Record<string, string>>, change: Partial<WorkflowEvent> = {}) {
  const service = {
    workflows: async () => [{ path, text }],
    changedFiles: async () => [],
    readFile: async (repository: string, ref: string, file: string) => others[`${repository}/${file}@${ref}`],
  };
  const planned = await planEvent(service, { ...event, ...change });
  return planned.map(({ newRun, workflow }) => newRun.startupFailure ?? workflow?.jobs.map((job) => job.id));
}

const calling = (inputs: string): string => `on: [push, pull_request]\njobs:\n  ship:\n    uses: ${remote}\n${inputs}`;

test('calls of other repositories are checked before anything runs', async () => {
  expect(await plan(calling('    with: {env: dev}\n'), { [remote]: called('contents: read') })).toEqual([['ship']]);
  expect(await plan(calling(''), { [remote]: called('contents: read') })).toEqual([
    `${path}:4:11: Input env is required, but not provided while calling.`,
  ]);
  expect(await plan(calling('    with: {env: dev}\n'), { [remote]: called('contents: write') })).toEqual([
    `${path}:3:3: Error calling workflow '${remote}'. The workflow '${remote}' is requesting 'contents: write', but is only allowed 'contents: read'.`,
  ]);
});

test('what is not on the forge is left to the call', async () => {
  expect(await plan(calling(''), {})).toEqual([['ship']]);
});

test('the head commit of a pull request may ask that nothing starts', async () => {
  const pull = { name: 'pull_request', action: 'opened', baseRef: 'main' };
  expect(await plan(calling(''), {}, pull)).toEqual([['ship']]);
  expect(await plan(calling(''), {}, { ...pull, headMessage: 'Draft [skip ci]' })).toEqual([]);
});
