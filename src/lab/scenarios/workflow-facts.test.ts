import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { findButton } from './buttons.ts';
import { secretsWanted } from './secrets-wanted.ts';
import { workflowFacts } from './workflow-facts.ts';

const facts = (text: string) => workflowFacts('.github/workflows/any.yaml', parse(text));

const button = facts(`
on:
  workflow_dispatch:
    inputs:
      what: { required: true }
      ring: { type: choice, options: [test, live], required: true }
      ticket: { required: true }
      dry: { type: boolean, required: true }
      note: {}
env: { RING: "\${{ inputs.ring }}" }
jobs:
  go:
    steps:
      - run: |
          echo start
          trunkline promote "$WHAT" \\
            --to "\${RING}" --reason "\${{ github.event.inputs.note }}"
        env: { WHAT: "\${{ inputs.what }}" }
`);

test('a button is found by its command, its inputs by where they end up in it', () => {
  const found = findButton([facts('on: push\njobs: {}'), button], 'promote');
  expect(found?.path).toBe('.github/workflows/any.yaml');
  expect(found?.inputs({ 0: 'api', '--to': 'live' })).toEqual({
    what: 'api',
    ring: 'live',
    ticket: 'rehearsal',
    dry: 'false',
  });
  expect(found?.inputs({ 0: 'api', '--to': 'live', '--reason': 'because' })['note']).toBe('because');
});

test('a command is not its longer neighbour, nor a workflow that nobody can start', () => {
  expect(findButton([button], 'prom')).toBeUndefined();
  expect(findButton([{ ...button, events: ['push'] }], 'promote')).toBeUndefined();
  const two = facts("on: workflow_dispatch\njobs: { a: { steps: [{ run: 'trunkline ci receive' }] } }");
  expect(findButton([two], 'ci receive')?.inputs({})).toEqual({});
  expect(findButton([two], 'ci')).toBeDefined();
});

test('secrets are told apart by the variable they fill and the command beside them', () => {
  const workflow = facts(`
on: push
jobs:
  ship:
    environment: { name: keys }
    steps:
      - run: trunkline ci policy
        env: { TRUNKLINE_APP_ID: "\${{ secrets.THE_ID }}", TRUNKLINE_APP_KEY: "\${{ secrets.the_key }}" }
      - uses: some/action@v1
        with: { token: "\${{ secrets.GITHUB_TOKEN }}", password: "\${{ secrets.OTHER }}" }
  ring:
    steps:
      - run: trunkline ci dispatch --service api
        env: { TRUNKLINE_APP_KEY: "\${{ secrets.BELL }}" }
`);
  expect(secretsWanted([workflow])).toEqual([
    { name: 'THE_ID', environment: 'keys', purpose: 'delivery-id' },
    { name: 'THE_KEY', environment: 'keys', purpose: 'delivery-key' },
    { name: 'OTHER', environment: 'keys', purpose: 'unknown' },
    { name: 'BELL', purpose: 'propose-key' },
  ]);
});

test('a secret that is only handed to a workflow of the repository is wanted where that one reads it', () => {
  const caller = facts(`
on: push
jobs:
  deploy:
    uses: ./.github/workflows/deploy-one.yml
    secrets: { DEPLOY_TOKEN: "\${{ secrets.DEPLOY_TOKEN }}", BELL: "\${{ secrets.OTHER_BELL }}" }
`);
  const called = facts(`
on: workflow_call
jobs:
  deploy:
    environment: prod
    steps: [{ run: make, env: { DEPLOY_TOKEN: "\${{ secrets.DEPLOY_TOKEN }}" } }]
`);
  expect(secretsWanted([caller, called])).toEqual([
    { name: 'OTHER_BELL', purpose: 'unknown' },
    { name: 'DEPLOY_TOKEN', environment: 'prod', purpose: 'deploy' },
  ]);
});
