import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCommand } from './testing/lab-process.ts';
import { editForeign, makeForeignPair } from './testing/make-foreign-pair.ts';

let folder: string;
let pair: { app: string; infra: string };
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-failing-'));
  mkdirSync(join(folder, 'tmp'));
  pair = await makeForeignPair(folder);
  await editForeign(pair.app, '.github/workflows/verify-and-ship.yaml', (text) =>
    text.replace('node --test spec/orders.spec.mjs', 'echo "seven is not $((3 + 3))"; exit 7'),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rehearse = async (...more: string[]): Promise<{ code: unknown; text: string }> => {
  const args = ['lab', 'rehearse', '--app', pair.app, '--infra', pair.infra, ...more];
  const one = startCommand(args, { env: { TMPDIR: join(folder, 'tmp') } });
  return { code: await one.ended, text: one.text() };
};

test('an expectation that does not hold is shown with what was found, the failing log, and exit code 1', async () => {
  const { code, text } = await rehearse();
  expect(text).toMatch(
    /✗ checks run on umbrella\/storefront#1\n +expected {2}every check succeeds\n +found +unit: failure/,
  );
  expect(text).toMatch(/── umbrella\/storefront › Verify and ship › unit\n[\s\S]*seven is not 6\n[\s\S]*exit code 7/);
  expect(text).toContain('what comes after it was not rehearsed');
  expect(text).toMatch(/1 failed, 0 held\n$/);
  expect(code).toBe(1);
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
});

test('so it is for machines, in one JSON document', async () => {
  const { code, text } = await rehearse('--json');
  expect(JSON.parse(text)).toMatchObject({
    ok: false,
    phases: [{ number: 1, expectations: [{ result: 'failed' }] }],
    failures: [{ repository: 'umbrella/storefront', job: 'unit', log: expect.stringContaining('seven is not 6') }],
  });
  expect(code).toBe(1);
});
