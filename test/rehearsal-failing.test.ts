import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandProcess, startCommand } from './testing/lab-process.ts';
import { editForeign, makeForeignPair } from './testing/make-foreign-pair.ts';

let folder: string;
let pair: { app: string; infra: string };
const started: CommandProcess[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-failing-'));
  mkdirSync(join(folder, 'tmp'));
  pair = await makeForeignPair(folder);
  await editForeign(pair.app, '.github/workflows/verify-and-ship.yaml', (text) =>
    text.replace('node --test spec/orders.spec.mjs', 'echo "seven is not $((3 + 3))"; exit 7'),
  );
});
afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

const run = promisify(execFile);
const rehearse = (...more: string[]): CommandProcess => {
  const args = ['lab', 'rehearse', '--app', pair.app, '--infra', pair.infra, ...more];
  const one = startCommand(args, { env: { TMPDIR: join(folder, 'tmp') } });
  started.push(one);
  return one;
};

test('an expectation that does not hold is shown with what was found, and the failing log; --keep leaves the lab up', async () => {
  const one = rehearse('--keep');
  const [, file = ''] = await one.prints(/^ {2}\. (\S+)\/alice\.env/m);
  const text = one.text();
  expect(text).toMatch(
    /✗ checks run on umbrella\/storefront#1\n +expected {2}every check succeeds\n +found +unit: failure/,
  );
  expect(text).toMatch(/── umbrella\/storefront › Verify and ship › unit\n[\s\S]*seven is not 6\n[\s\S]*exit code 7/);
  expect(text).toContain('what comes after it was not rehearsed');
  expect(text).toMatch(/1 failed, 0 held\n/);
  const asBob = `. ${file}/bob.env; git ls-remote https://github.com/umbrella/storefront trunk; curl -sS -H "Authorization: Bearer $GH_TOKEN" https://api.github.com/user`;
  const { stdout } = await run('sh', ['-c', asBob]);
  expect(stdout).toMatch(/^[0-9a-f]{40}\trefs\/heads\/trunk\n\{"login":"bob"/);
  one.child.kill('SIGINT');
  expect(await one.ended).toBe(130);
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
});

test('so it is for machines, in one JSON document and by the exit code', async () => {
  const one = rehearse('--json');
  expect(await one.ended).toBe(1);
  expect(JSON.parse(one.text())).toMatchObject({
    ok: false,
    phases: [{ number: 1, expectations: [{ result: 'failed' }] }],
    failures: [{ repository: 'umbrella/storefront', job: 'unit', log: expect.stringContaining('seven is not 6') }],
  });
});
