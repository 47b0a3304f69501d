import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trustCommand } from '../../src/cli/ci/trust.ts';
import { config, digests, openStage, type Stage } from './stage.ts';

let stage: Stage;
const must = config.replace(
  'web: web-team } }',
  'web: web-team }, signer: .github/workflows/publish.yml, verify: [provenance] }',
);
beforeAll(async () => {
  stage = await openStage({ config: must, policy: false });
  mkdirSync(join(stage.folder, 'envs'));
  const pin = (name: string) => `"${name}":{"image":"ghcr.io/acme/${name}@${digests[0]}"}`;
  writeFileSync(join(stage.folder, 'envs/dev.json'), `{${pin('api')},${pin('web')}}`);
});
afterAll(() => stage.close());

/** The command has no --repository: the stage adds one. */
const trust = (...words: string[]) =>
  stage.run((ports) => trustCommand(ports).option('--repository <name>', 'the stage’s'), words);

test('policies are those of trunkline.yaml, for the images that manifests name', async () => {
  const { out } = await trust('--format', 'kyverno-cluster-policy');
  expect(out.match(/^kind: ClusterPolicy$/gm)).toHaveLength(2);
  expect(out).toContain('ghcr.io/acme/web@*');
  expect((await trust('--format', 'kyverno', '--instance', 'github')).error?.code).toBe('UNSUPPORTED');
});

test('what a format cannot ask is refused: on which runner it was signed', async () => {
  const file = join(stage.folder, 'trunkline.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('verify: [provenance]', 'verify: [provenance], runner: github-hosted'));
  for (const format of ['kyverno', 'kyverno-cluster-policy', 'policy-controller', 'cosign'])
    expect((await trust('--format', format)).error?.code, format).toBe('UNSUPPORTED');
  expect((await trust('--format', 'gh')).out).toContain('--deny-self-hosted-runners');
  writeFileSync(file, text);
});

test('enforcing wants clean days, each with its reports', async () => {
  expect((await trust('--mode', 'enforce')).error?.message).toContain('expected --reports');
  const reports = join(stage.folder, 'reports');
  mkdirSync(reports);
  const results = ['trunkline-api', 'trunkline-web'].map((policy) => ({ policy, result: 'pass' }));
  for (let ago = 0; ago < 13; ago++) {
    const day = new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    writeFileSync(join(reports, `${day}.json`), JSON.stringify({ items: [{ results }] }));
  }
  const refused = await trust('--mode', 'enforce', '--reports', 'reports');
  expect(refused.error?.message).toMatch(/expected 14 clean days of trunkline-api before enforcing: 13 clean days/);
  expect((await trust('--mode', 'enforce', '--reports', 'reports', '--clean-days', '13')).out).toContain('- Deny');
  // The other service's policy was in no cluster.
  const today = `${new Date().toISOString().slice(0, 10)}.json`;
  writeFileSync(join(reports, today), JSON.stringify({ items: [{ results: results.slice(0, 1) }] }));
  expect((await trust('--mode', 'enforce', '--reports', 'reports', '--clean-days', '13')).error?.message).toContain(
    'expected 13 clean days of trunkline-web before enforcing: 0 clean days, 13 wanted: nothing was looked at',
  );
  writeFileSync(join(reports, '2026-02-31.json'), JSON.stringify({ items: [] }));
  expect((await trust('--mode', 'enforce', '--reports', 'reports', '--clean-days', '13')).error?.message).toContain(
    'expected a report named after its day, found 2026-02-31.json',
  );
});

test('a workflow that was renamed and is still named is an error', async () => {
  expect((await trust('--check')).error?.message).toContain(
    'acme/app: expected .github/workflows/publish.yml, found no such file',
  );
  await stage.api('PUT', '/repos/acme/app/contents/.github/workflows/publish.yml', {
    message: 'publish',
    content: Buffer.from('on: push\njobs: {}\n').toString('base64'),
  });
  expect((await trust('--check')).out).toBe('acme/app: .github/workflows/publish.yml is there\n');
});
