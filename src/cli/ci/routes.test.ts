import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ran, runCli } from '../see/testing/run-cli.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'routes-'));
  writeFileSync(
    join(folder, 'trunkline.yaml'),
    `kind: Environments
accept: {}
manifests: { json: "{environment}.json", path: "{service}" }
routes:
  - { branch: "release/*", to: staging }
  - { tag: "v*", to: live }
environments:
  dev: { track: main }
  staging: {}
  live: {}
  canary: { from: staging }
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const run = (words: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  runCli(['ci', 'routes', ...words], { cwd: folder, env });

test('every environment with what leads to it', async () => {
  expect((await run()).out).toBe(
    [
      'environment  takes',
      'dev          branch     main',
      'staging      branch     release/*',
      'live         tag        v*',
      'canary       promotion  staging',
      '',
    ].join('\n'),
  );
  expect(JSON.parse((await run(['--json'])).out)).toMatchObject({
    routes: [{ environment: 'dev', by: 'branch', from: 'main' }, {}, {}, { by: 'promotion', from: 'staging' }],
  });
});

test.each([
  ['refs/heads/main', ['dev']],
  ['refs/heads/release/1.4', ['staging']],
  ['refs/heads/release/1.4/x', []],
  ['refs/tags/v1.0.0', ['live']],
  ['refs/heads/v1.0.0', []],
  ['refs/pull/1/merge', []],
])('%s leads to %s', async (ref, environments) => {
  expect(JSON.parse((await run(['--ref', ref, '--json'])).out)).toMatchObject({ environments });
});

test('in a run the ref is the run’s, and outputs say where it leads', async () => {
  const output = join(folder, 'output');
  const env = { GITHUB_ACTIONS: 'true', GITHUB_REF: 'refs/tags/v2', GITHUB_OUTPUT: output };
  expect((await run([], env)).out).toContain('refs/tags/v2 → live');
  expect(readFileSync(output, 'utf8')).toMatch(/^environment<<(.+)\nlive\n\1$/m);
});

test('an image tag goes by how it ends, where routes say so', async () => {
  const suffixes = mkdtempSync(join(tmpdir(), 'routes-'));
  writeFileSync(
    join(suffixes, 'trunkline.yaml'),
    `kind: Environments
accept: {}
manifests: { json: "{environment}.json", path: "{service}" }
routes: [{ suffix: -dev, to: dev }, { suffix: -prod, to: prod }]
environments: { dev: {}, prod: {} }
`,
  );
  const led = async (tag: string): Promise<unknown> =>
    JSON.parse((await runCli(['ci', 'routes', '--tag', tag, '--json'], { cwd: suffixes })).out);
  expect(await led('1.2.3-prod')).toMatchObject({ environments: ['prod'] });
  expect(await led('1.2.3-prod.1')).toMatchObject({ environments: [] });
  rmSync(suffixes, { recursive: true });
});
