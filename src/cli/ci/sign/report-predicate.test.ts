import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Digest } from '../../../model/digest.ts';
import type { Ports } from '../../../ports.ts';
import type { PredicateName } from '../../../sigstore/statement.ts';
import { predicateOfReport } from './report-predicate.ts';

let ports: Ports;
beforeAll(() => {
  const cwd = mkdtempSync(join(tmpdir(), 'predicate-'));
  ports = { cwd, env: {}, clock: { now: () => 0 } } as unknown as Ports;
});
afterAll(() => rmSync(ports.cwd, { recursive: true, force: true }));

const digest = `sha256:${'a'.repeat(64)}` as Digest;
const claims = { repository: 'acme/app', ref: 'refs/heads/main', sha: 'c'.repeat(40), run_id: '7', workflow_ref: 'w' };

function predicate(type: PredicateName, text: string): Promise<unknown> {
  writeFileSync(join(ports.cwd, 'report'), text);
  const image = { registry: 'ghcr.io', repository: 'acme/api', digest };
  return predicateOfReport(ports, type, 'report', { jwt: '', claims }, image);
}

test('test results name what passed and what failed; skipped tests prove nothing', async () => {
  const suite = (cases: string): string =>
    `<?xml version="1.0"?><testsuites><testsuite name="a">${cases}</testsuite></testsuites>`;
  const passed = '<testcase classname="orders" name="are kept"/>';
  const skipped = '<testcase name="later"><skipped/></testcase>';
  expect(await predicate('test-result', suite(passed + skipped))).toMatchObject({
    result: 'PASSED',
    passedTests: ['orders › are kept'],
    failedTests: [],
    url: 'https://github.com/acme/app/actions/runs/7',
  });
  const failed = '<testcase name="is lost"><failure message="x"/></testcase>';
  expect(await predicate('test-result', suite(passed + failed))).toMatchObject({
    result: 'FAILED',
    failedTests: ['is lost'],
  });
  await expect(predicate('test-result', suite(skipped))).rejects.toThrow('found skipped ones only');
  await expect(predicate('test-result', suite(''))).rejects.toThrow('found none');
  await expect(predicate('test-result', '<testsuites><testsuite>')).rejects.toThrow('cut off');
});

test('a scan is signed as it is, and only on the image that was scanned', async () => {
  const report = (of: string) => ({
    SchemaVersion: 2,
    CreatedAt: '2026-11-25T12:00:00Z',
    Metadata: { RepoDigests: [`x@${of}`] },
    Results: [],
  });
  expect(await predicate('vulnerabilities', JSON.stringify(report(digest)))).toMatchObject({
    scanner: { uri: 'pkg:github/aquasecurity/trivy', result: report(digest) },
    metadata: { scanFinishedOn: '2026-11-25T12:00:00Z' },
  });
  const other = `sha256:${'b'.repeat(64)}`;
  await expect(predicate('vulnerabilities', JSON.stringify(report(other)))).rejects.toThrow(
    `expected a scan of ${digest}, found one of ${other}`,
  );
  await expect(predicate('spdx', '{}')).rejects.toThrow('expected --report with test-result or vulnerabilities');
});
