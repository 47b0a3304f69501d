import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PaperEngine, paperEngine } from '../testing/paper-engine.ts';
import { openWorkbench, type Workbench } from '../testing/workbench.ts';
import { ownerLabel, removeLeftBehind } from './left-behind.ts';

// With an engine that only says what docker would: real ones are tried in src/lab/engine/job-containers.test.ts.
let folder: string;
let paper: PaperEngine;
let bench: Workbench;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'paper-'));
  paper = paperEngine(folder);
  bench = await openWorkbench({ engine: async () => paper.engine });
});
afterEach(async () => {
  await bench.close();
  rmSync(folder, { recursive: true });
});

const matcher = { owner: 'cc', pattern: [{ regexp: '^(\\S+):(\\d+): (.*)$', file: 1, line: 2, message: 3 }] };

test('a container is asked for as GitHub asks; paths in commands are the container’s', async () => {
  const { run, log, jobs } = await bench.run(
    `on: push
jobs:
  job:
    runs-on: ubuntu-latest
    container: { image: 'node:24', env: { GIVEN: 'a secret value' }, options: --cpus 1, ports: ['8080:80'] }
    services: { db: { image: 'postgres:16', ports: [5432] } }
    steps:
      - uses: actions/checkout@v4
      - id: a
        run: |
          echo "var $GITHUB_WORKSPACE, $GIVEN, \${{ job.container.network == job.services.db.network }}"
          echo "context \${{ github.workspace }}"
          echo "::add-matcher::/__w/app/app/matcher.json"; echo "/__w/app/app/src.c:7: wrong"
          echo "::warning file=/__w/app/app/src.c,line=3::look"
          echo "v=1" >> "$GITHUB_OUTPUT"
      - run: echo "v is \${{ steps.a.outputs.v }}"
`,
    { 'matcher.json': JSON.stringify({ problemMatcher: [matcher] }), 'src.c': '' },
  );
  expect(run.conclusion, log).toBe('success');
  expect(log).toContain('\nvar /__w/app/app, a secret value, true\n');
  // As on GitHub, where the context has the path outside (actions/runner#2058).
  expect(log).toMatch(/\ncontext \/(?!__w)\S+\/work\/app\/app\n/);
  expect(log).toContain('\nv is 1\n');
  const [kept] = [...bench.service.jobs.values()].slice(-1);
  expect(kept?.annotations).toEqual([
    { level: 'failure', message: 'wrong', path: 'src.c', startLine: 7 },
    { level: 'warning', message: 'look', path: 'src.c', startLine: 3 },
  ]);
  const created = paper.calls().find((args) => args[0] === 'create' && args.at(-1) === '/dev/null') ?? [];
  const text = created.join(' ');
  for (const part of [
    '--workdir /__w/app/app',
    '-p 8080:80',
    '--cpus 1',
    '-e GIVEN',
    '-e GITHUB_ACTIONS=true',
    '--entrypoint tail node:24 -f /dev/null',
    ':/github/home',
    ':/__w ',
  ]) {
    expect(text).toContain(part);
  }
  expect(JSON.stringify(paper.calls())).not.toContain('a secret value');
  const service = paper.calls().find((args) => args.includes('--network-alias'));
  expect(service?.join(' ')).toContain('--network-alias db postgres:16');
  expect(jobs['job']?.steps.map(({ name }) => name)).toContain('Stop containers');
  expect(paper.left()).toEqual([]);
});

test('what a lab that was killed left in the engine goes when the next one asks for it; what is in use stays', async () => {
  const mine = ownerLabel().split('=')[1] ?? '';
  const [pid = ''] = mine.split('.');
  const gone = spawnSync('true').pid;
  paper.leave('a'.repeat(64), `${gone}.1`);
  paper.leave('b'.repeat(64), mine);
  // The number of a process that ended may have come again.
  paper.leave('e'.repeat(64), `${pid}.7`);
  paper.leave('f'.repeat(64), 'nobody');
  paper.leave('github_network_dead', `${gone}.1`);
  paper.leave('github_network_mine', mine);
  await removeLeftBehind(paper.engine);
  expect(paper.left()).toEqual(['b'.repeat(64), 'f'.repeat(64), 'github_network_mine']);
});
