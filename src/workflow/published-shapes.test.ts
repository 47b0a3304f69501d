import { expect, test } from 'vitest';
import { formatProblem } from '../errors.ts';
import { parseWorkflow } from './parse-workflow.ts';
import { workflowOf } from './testing/workflow-of.ts';

// The shapes of published delivery systems, in our own words.

const path = '.github/workflows/w.yml';
const wrong = (text: string): readonly string[] => parseWorkflow({ path, text }).problems.map(formatProblem);
const api = `name: API
on:
  workflow_call:
    inputs:
      publish:
        required: true
        type: string
jobs:
  api:
    runs-on: ubuntu-22.04
    steps:
      - uses: actions/checkout@v4
      - name: Publish
        if: inputs.publish == 'true'
        run: |
          echo "publishing $GITHUB_SHA"
`;
const main = `name: Main
on:
  pull_request: {branches: [main, hotfixes/*]}
  push:
    branches:
      - main
      - hotfixes/*
jobs:
  setup:
    runs-on: ubuntu-22.04
    outputs:
      publish: \${{ steps.decide.outputs.publish }}
    steps:
      - id: decide
        run: |
          if [[ "\${{ github.event_name }}" == "push" ]]; then
            echo "publish=true" >> "$GITHUB_OUTPUT"
          fi
  api:
    needs: [setup]
    uses: ./.github/workflows/api.yml
    with:
      publish: \${{ needs.setup.outputs.publish }}
`;

test('publish through a called workflow, its inputs checked', () => {
  const readCalled = (reference: string) => (reference === '.github/workflows/api.yml' ? api : undefined);
  expect(parseWorkflow({ path, text: main }, { readCalled }).workflow?.jobs).toHaveLength(2);
  const misspelt = main.replace('      publish: ${{ needs', '      publishh: ${{ needs');
  expect(parseWorkflow({ path, text: misspelt }, { readCalled }).problems.map(formatProblem)).toEqual([
    `${path}:21:11: Input publish is required, but not provided while calling.`,
    `${path}:23:17: Invalid input, publishh is not defined in the referenced workflow.`,
  ]);
});

test('build by digest, then deploy through environments after CI', () => {
  const { on, jobs } = workflowOf(`name: CD
on:
  workflow_run:
    workflows: ["CI"]
    types: [completed]
    branches: [main]
permissions: {contents: read, id-token: write}
concurrency: {group: "cd-\${{ github.ref }}", cancel-in-progress: false}
env:
  IMAGE: \${{ secrets.ACCOUNT }}.dkr.ecr.eu-west-1.amazonaws.com/app
jobs:
  prepare:
    if: \${{ github.event.workflow_run.conclusion == 'success' }}
    runs-on: ubuntu-latest
    outputs: {version: "\${{ steps.v.outputs.version }}"}
    steps:
      - {id: v, run: "echo version=1 >> $GITHUB_OUTPUT"}
  deploy:
    needs: prepare
    runs-on: ubuntu-latest
    environment: {name: production, url: "https://example.com"}
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with: {role-to-assume: "\${{ secrets.ROLE }}", aws-region: eu-west-1}
      - name: Smoke test
        run: |
          docker run --rm $IMAGE bash -c '
            curl -sf http://localhost:8080/health
          '
  rollback:
    needs: [prepare, deploy]
    if: failure() && needs.deploy.result == 'failure'
    runs-on: ubuntu-latest
    steps: [{run: "true"}]
`);
  expect(on.events['workflow_run']).toMatchObject({ workflows: ['CI'], branches: ['main'] });
  expect(jobs.map((job) => job.if)).toMatchObject([
    { expression: "success() && (github.event.workflow_run.conclusion == 'success')" },
    { expression: 'success()' },
    { expression: "failure() && needs.deploy.result == 'failure'" },
  ]);
});

test('five gates in flow style, with a database', () => {
  const { jobs, permissions } = workflowOf(`name: catalog-ci
on:
  pull_request: { paths: ['app/catalog/**'] }
  push: { branches: [main], paths: ['app/catalog/**'] }
permissions: { id-token: write, contents: read, packages: read }
concurrency: { group: "catalog-ci-\${{ github.ref }}", cancel-in-progress: true }
jobs:
  test: # fast
    runs-on: ubuntu-latest
    steps:
      - uses: actions/setup-go@v5
        with: { go-version: '1.23', cache: true, cache-dependency-path: app/catalog/go.sum }
      - run: go vet ./... && go test ./...
  integration:
    runs-on: ubuntu-latest
    needs: test
    services:
      postgres: { image: postgres:16-alpine, ports: ['5432:5432'], options: '--health-cmd "pg_isready"' }
    steps: [ { run: go test -tags=integration ./... } ]
  publish:
    runs-on: ubuntu-latest
    needs: integration
    if: github.event_name == 'push' && github.ref == 'refs/heads/main'
    steps: [ { uses: docker/build-push-action@v6, with: { push: true } }, { uses: peter-evans/create-pull-request@v7 } ]
`);
  expect(permissions).toEqual({ 'id-token': 'write', contents: 'read', packages: 'read' });
  expect(jobs[2]?.steps.map(({ id }) => id)).toEqual([
    '__docker_build-push-action',
    '__peter-evans_create-pull-request',
  ]);
});

const dispatched = `name: Dispatch from the application repository
on:
  # the sender's event type
  repository_dispatch:
    types: [update]
jobs:
  update:
    runs-on: ubuntu-latest
    steps:
      - uses: acme/search-and-replace@main
        id: replace
        with:
          # a comment within
          mappings: "tag==.*-dev {THEN} **dev/values.yaml=tag_regex {NEXT} x"
          tag: "\${{ github.event.client_payload.tag }}"
          tag_regex: "imageTag: \\"(?<tag>.*)\\""
      - name: Commit
        # only when something changed
        if: \${{ steps.replace.outputs.total >= 1 }}
        uses: EndBug/add-and-commit@v7
`;

test('a dispatch whose payload is written into files; a tab before a key is no YAML', () => {
  expect(workflowOf(dispatched).jobs[0]?.steps[0]?.with).toMatchObject({ kind: 'mapping' });
  const refused = 'You have an error in your yaml syntax on line';
  for (const [key, line] of [
    ['mappings:', 14],
    ['if:', 19],
  ] as const) {
    const [first, ...more] = wrong(dispatched.replace(new RegExp(` {4}(?=${key})`), '\t'));
    expect(first).toMatch(new RegExp(`^\\.github/workflows/w\\.yml:${line}:\\d+: ${refused} ${line}: Tabs`));
    expect(more).toEqual([]);
  }
});

test('secrets in a condition', () => {
  const notify = `name: Notify
on:
  workflow_call:
    inputs: {status: {required: true, type: string}, environment: {required: true, type: string}}
    secrets: {SLACK_WEBHOOK_URL: {required: false}}
jobs:
  notify:
    runs-on: ubuntu-latest
    steps:
      - name: Slack
        if: \${{ secrets.SLACK_WEBHOOK_URL != '' }}
        run: curl "\${{ secrets.SLACK_WEBHOOK_URL }}"
`;
  expect(wrong(notify)).toEqual([
    `${path}:11:13: Unrecognized named-value: 'secrets'. Located at position 1 within expression: secrets.SLACK_WEBHOOK_URL != ''`,
  ]);
  // Without the braces the same.
  expect(
    wrong(notify.replace("${{ secrets.SLACK_WEBHOOK_URL != '' }}", "secrets.SLACK_WEBHOOK_URL != ''"))[0],
  ).toContain(`${path}:11:13: Unrecognized named-value: 'secrets'.`);
});
