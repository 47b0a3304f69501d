import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scanCommand } from '../../src/cli/ci/gate/findings.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ policy: false });
});
afterAll(() => stage.close());

function report(...ids: string[]): string {
  const Vulnerabilities = ids.map((id) => ({
    VulnerabilityID: id,
    PkgName: 'x|y <b> @carol',
    Severity: 'HIGH',
    FixedVersion: '2',
  }));
  writeFileSync(
    join(stage.folder, 'trivy.json'),
    JSON.stringify({ SchemaVersion: 2, Results: [{ Target: 'a', Vulnerabilities }] }),
  );
  return 'trivy.json';
}
async function scan(...ids: string[]): Promise<string> {
  const env = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/app', GITHUB_TOKEN: stage.forge.tokens.carol };
  const words = [report(...ids), '--issue', 'image of api'];
  const { out, error } = await stage.run((ports) => scanCommand(ports).option('--repository <name>', ''), words, env);
  if (error !== undefined) throw error;
  return out.match(/acme\/app: (.*)/)?.[1] ?? out;
}
const open = (): Promise<{ number: number; title: string; body: string }[]> =>
  stage.api('GET', '/repos/acme/app/issues?state=open');

test('one issue for a schedule’s findings: opened, left, renewed, closed, and opened again', async () => {
  expect(await scan()).toBe('no issue is open');
  expect(await scan('CVE-1')).toBe('#1 is opened');
  expect(await scan('CVE-1')).toBe('#1 says it already');
  const [issue] = await open();
  expect(issue?.title).toBe('Findings: image of api');
  expect(issue?.body).toContain('| high | CVE-1 | a | x\\|y &lt;b> @\u200bcarol | 2 |');
  await stage.api('PATCH', '/repos/acme/app/issues/1', { title: 'somebody renamed it' });
  // Opened by a run at the same moment.
  await stage.api('POST', '/repos/acme/app/issues', { title: 'x', body: issue?.body });
  expect(await scan('CVE-1', 'CVE-2')).toBe('#1 is renewed');
  expect((await open()).map(({ number }) => number)).toEqual([1]);
  expect(await scan()).toBe('#1 is closed: nothing is found any more');
  expect(await open()).toEqual([]);
  expect(await scan('CVE-3')).toBe('#3 is opened');
});
