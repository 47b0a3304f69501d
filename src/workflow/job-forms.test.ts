import { expect, test } from 'vitest';
import { evaluate } from '../expression/evaluate.ts';
import { expandMatrix } from './matrix.ts';
import { jobOf, workflowOf } from './testing/workflow-of.ts';

const steps = 'steps: [{run: "true"}]';
const matrixOf = (text: string): unknown => {
  const { strategy } = jobOf(`runs-on: x\nstrategy:\n  matrix:\n${text.replaceAll(/^/gm, '    ')}\n${steps}`);
  return strategy?.matrix && expandMatrix(evaluate(strategy.matrix, {}));
};

test('runners', () => {
  expect(jobOf(`runs-on: ubuntu-24.04\n${steps}`).runsOn).toMatchObject({ value: 'ubuntu-24.04' });
  expect(jobOf(`runs-on: [self-hosted, linux, "\${{ vars.SIZE }}"]\n${steps}`).runsOn).toMatchObject({
    kind: 'sequence',
  });
  expect(jobOf(`runs-on:\n  group: org/big\n  labels: [linux]\n${steps}`).runsOn).toMatchObject({ kind: 'mapping' });
  expect(jobOf(`runs-on: \${{ github.event_name == 'push' && 'a' || 'b' }}\n${steps}`).runsOn?.kind).toBe('expression');
});

test('matrices: vectors, objects, include alone, whole expressions', () => {
  expect(matrixOf('os: [a, b]\nnode: [20, 22.0]\nexclude: [{os: b, node: 20}]')).toHaveLength(3);
  expect(matrixOf('include:\n  - {env: dev, url: http://a}\n  - {env: prod}')).toHaveLength(2);
  expect(matrixOf('"10": [1]\n"2": [x]\nb: [{a: 1}, [2, 3], null, true]')).toHaveLength(4);
  const { strategy } = jobOf(
    `runs-on: x\nneeds: []\nstrategy: {fail-fast: false, max-parallel: 2, matrix: "\${{ fromJSON(inputs.m) }}"}\n${steps}`,
  );
  expect(strategy).toMatchObject({
    failFast: { value: false },
    maxParallel: { value: 2 },
    matrix: { kind: 'expression' },
  });
});

test('concurrency and environments', () => {
  expect(jobOf(`runs-on: x\nconcurrency: one\n${steps}`).concurrency?.group).toMatchObject({ value: 'one' });
  expect(
    jobOf(`runs-on: x\nconcurrency: {group: "a-\${{ github.ref }}", cancel-in-progress: "\${{ true }}"}\n${steps}`)
      .concurrency,
  ).toMatchObject({ cancelInProgress: { kind: 'expression' } });
  expect(jobOf(`runs-on: x\nconcurrency: {group: a, queue: max}\n${steps}`).concurrency?.queue).toBe('max');
  expect(jobOf(`runs-on: x\nenvironment: prod\n${steps}`).environment?.name).toMatchObject({ value: 'prod' });
  expect(
    jobOf(`runs-on: x\nenvironment: {name: "\${{ matrix.env }}", url: "\${{ steps.d.outputs.url }}"}\n${steps}`)
      .environment,
  ).toMatchObject({ name: { expression: 'matrix.env' }, url: { expression: 'steps.d.outputs.url' } });
});

test('permissions', () => {
  expect(workflowOf(`on: push\npermissions: {}\njobs: {a: {runs-on: x, ${steps}}}`).permissions).toEqual({});
  expect(jobOf(`runs-on: x\npermissions: read-all\n${steps}`).permissions).toMatchObject({ contents: 'read' });
  expect(jobOf(`runs-on: x\npermissions: {id-token: write, contents: none}\n${steps}`).permissions).toEqual({
    'id-token': 'write',
    contents: 'none',
  });
});

test('containers and services', () => {
  const job = jobOf(`runs-on: x
container: {image: "node:22", env: {A: 1}, ports: [80, "8080:80"], volumes: ["a:/b"], options: --cpus 1, credentials: {username: u, password: "\${{ secrets.P }}"}}
services:
  db: {image: "postgres:16", env: {POSTGRES_PASSWORD: x}, ports: ["5432:5432"], options: --health-cmd "pg_isready -U x"}
  cache: redis
${steps}`);
  expect(job.services?.kind).toBe('mapping');
  expect(
    evaluate(job.container ?? { kind: 'literal', value: null, at: job.at }, { secrets: { P: 'p' } }),
  ).toMatchObject({
    ports: ['80', '8080:80'],
    credentials: { password: 'p' },
  });
  expect(jobOf(`runs-on: x\ncontainer: node:22\n${steps}`).container).toMatchObject({ value: 'node:22' });
});

test('every key of a job and of a step', () => {
  const job = jobOf(`name: N \${{ matrix.a }}
if: \${{ !cancelled() && (github.event_name != 'pull_request' || github.event.pull_request.draft == false) }}
runs-on: x
env: {A: 1, b: true, c: "\${{ vars.C }}", d: }
defaults: {run: {shell: bash, working-directory: ./x}}
outputs: {digest: "\${{ steps.build.outputs.digest }}"}
timeout-minutes: 10
cancel-timeout-minutes: 2
continue-on-error: \${{ matrix.experimental == true }}
strategy: {matrix: {a: [1], experimental: [false]}}
steps:
  - uses: actions/checkout@v4
    with: {fetch-depth: 0, ref: "\${{ github.head_ref }}"}
  - uses: ./.github/actions/local
  - uses: docker://alpine:3
    with: {entrypoint: /bin/sh, args: -c true}
  - {id: build, name: Build, if: success() || failure(), run: "a\\nb", shell: 'bash -e {0}', working-directory: y, env: {X: y}, continue-on-error: true, timeout-minutes: 5}
  - run: >-
      folded
      text
    if: always()
`);
  expect(job.steps.map(({ id }) => id)).toEqual(['__actions_checkout', '__self', '__alpine_3', 'build', '__run']);
  expect(job.steps[4]?.run).toMatchObject({ value: 'folded text' });
  expect(evaluate(job.env ?? { kind: 'literal', value: null, at: job.at }, { vars: { C: 'c' } })).toEqual({
    A: '1',
    b: 'true',
    c: 'c',
    d: '',
  });
});

test('needs: text or list, in another case; calls with all they take', () => {
  const { jobs } = workflowOf(`on: push
run-name: "\${{ github.actor }} deploys"
jobs:
  Build: {runs-on: x, ${steps}}
  test: {needs: build, runs-on: x, ${steps}}
  deploy:
    needs: [BUILD, test]
    strategy: {matrix: {env: [dev, prod]}}
    uses: acme/platform/.github/workflows/deploy.yml@0123456789abcdef0123456789abcdef01234567
    permissions: {id-token: write}
    with: {env: "\${{ matrix.env }}", dry: false, n: 1}
    secrets: {TOKEN: "\${{ secrets.TOKEN }}"}
  rest: {uses: acme/platform/.github/workflows/x.yaml@v1, secrets: inherit, if: always(), concurrency: z, name: Rest}
`);
  expect(jobs[2]).toMatchObject({ needs: ['BUILD', 'test'], permissions: { 'id-token': 'write' } });
  expect(jobs[3]).toMatchObject({ secrets: 'inherit', if: { expression: 'always()' } });
});

test('anchors, aliases, comments, windows line ends, a mark at the start', () => {
  const text = `\uFEFF# comment
---
on: push
env: &env {A: "1"}
jobs:
  a: &job
    runs-on: x
    env: *env
    steps: &steps
      - run: echo "\${{ github.sha }}" # not part
      - *checkout
  b: *job
  c: {runs-on: y, steps: *steps}
`;
  const good = text.replace('      - *checkout\n', '').replaceAll('\n', '\r\n');
  expect(workflowOf(good).jobs.map(({ id, steps: list }) => [id, list.length])).toEqual([
    ['a', 1],
    ['b', 1],
    ['c', 1],
  ]);
});

test('keys that are no text; lists and texts in brackets and quotes further left', () => {
  const job = jobOf(`runs-on: x
env: {1: one, true: two}
strategy:
  matrix:
    include:
      - 3: x
        a: [one]# comment
steps:
  - run: "first
  second"
  - run: "true" `);
  expect(job.steps[0]?.run).toMatchObject({ value: 'first second' });
});
