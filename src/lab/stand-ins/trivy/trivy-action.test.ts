import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readScan } from '../../../report/scan/read-scan.ts';
import { reportOf } from '../../../report/testing/report-of.ts';
import type { ActionCall } from '../../../runner/actions/action.ts';
import { trivyAction } from './trivy-action.ts';

let workspace: string;
beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), 'trivy-action-'));
  const lock = (packages: Readonly<Record<string, string>>): string =>
    JSON.stringify({
      lockfileVersion: 3,
      packages: Object.fromEntries(Object.entries(packages).map(([path, version]) => [path, { version }])),
    });
  const files = {
    'bad/package-lock.json': lock({
      'node_modules/a/node_modules/lodash': '4.17.20',
      'node_modules/minimist': '1.2.5',
    }),
    'good/package-lock.json': lock({ 'node_modules/lodash': '4.17.21', 'node_modules/semver': '6.3.1' }),
    // Not the project's own.
    'good/node_modules/x/package-lock.json': lock({ 'node_modules/lodash': '4.17.20' }),
    'secret/config.js': `const key = 'AKIA${'A1'.repeat(8)}'\n`,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
  mkdirSync(join(workspace, 'temp'));
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

async function scan(inputs: Readonly<Record<string, string>>): Promise<{ conclusion: string; log: string }> {
  const log: string[] = [];
  const nothing = (): void => undefined;
  const call: ActionCall = {
    uses: 'aquasecurity/trivy-action@v0',
    inputs,
    env: {},
    workspace,
    temp: join(workspace, 'temp'),
    github: {},
    repository: { id: 1, owner: 'acme', name: 'app', fullName: 'acme/app' } as ActionCall['repository'],
    jobId: 1,
    signal: new AbortController().signal,
    state: new Map(),
    log: (line) => log.push(line),
    setOutput: nothing,
    addMask: nothing,
    exportEnv: nothing,
    addPath: nothing,
    addSummary: nothing,
  };
  const clock = { now: () => Date.parse('2026-11-25T12:00:00Z'), sleep: async () => {} };
  const { conclusion } = await trivyAction({ fetch, clock }).run(call);
  return { conclusion, log: log.join('\n') };
}

/** What a gate reads of it. */
async function found(kind: 'vulnerability' | 'secret'): Promise<readonly string[]> {
  const ids: string[] = [];
  const text = readFileSync(join(workspace, 'out.json'), 'utf8');
  const facts = await readScan(reportOf(text), kind, (one) => {
    if (one.kind === kind) ids.push(`${one.severity} ${one.id} in ${one.target}`);
  });
  expect(facts).toMatchObject({ tool: 'Trivy', scannedAt: '2026-11-25T12:00:00.000Z' });
  return ids;
}
const json = { 'scan-type': 'fs', format: 'json', output: 'out.json' };

test('what lock files pin is compared with advisories, and written as Trivy writes it', async () => {
  const bad = await scan({ ...json, 'scan-ref': 'bad' });
  expect(bad.conclusion).toBe('success');
  expect(bad.log).toContain('this is no scan');
  expect(bad.log).toContain('HIGH CVE-2021-23337 lodash 4.17.20 → 4.17.21');
  expect(await found('vulnerability')).toEqual([
    'high CVE-2021-23337 in package-lock.json',
    'critical CVE-2021-44906 in package-lock.json',
  ]);
  await scan({ ...json, 'scan-ref': 'good' });
  expect(await found('vulnerability')).toEqual([]);
  await scan({ ...json, 'scan-ref': 'secret', scanners: 'secret' });
  expect(await found('secret')).toEqual(['critical aws-access-key-id in config.js']);
});

test.each<[string, Readonly<Record<string, string>>, string]>([
  ['what is found', { 'scan-ref': 'bad', 'exit-code': '1' }, 'failure'],
  [
    'what is weak enough not to be asked for',
    { 'scan-ref': 'bad', 'exit-code': '1', severity: 'LOW,MEDIUM' },
    'success',
  ],
  ['nothing', { 'scan-ref': 'good', 'exit-code': '1' }, 'success'],
])('with an exit code of its own, %s makes the step end so', async (_, inputs, conclusion) => {
  expect((await scan({ ...json, ...inputs })).conclusion).toBe(conclusion);
});

test.each<[Readonly<Record<string, string>>, string]>([
  [{ 'scan-type': 'repo' }, 'scans fs and image, not repo'],
  [{ 'scan-type': 'fs', format: 'sarif' }, 'writes json or table, not sarif'],
  [{ 'scan-type': 'fs', 'scan-ref': '../..' }, 'lies outside'],
  [{ 'scan-type': 'fs', 'scan-ref': 'gone' }, 'gone'],
])('refuses %j instead of doing something else', async (inputs, said) => {
  await expect(scan(inputs)).rejects.toThrow(said);
});
