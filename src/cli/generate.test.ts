import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ran, runCli } from './see/testing/run-cli.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'generate-'));
  writeFileSync(
    join(folder, 'trunkline.yaml'),
    'kind: Services\ninfra: acme/infra\nowners: [platform]\nservices: { api: { commands: { unit: make test } } }\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const generate = (...words: readonly string[]): Promise<Ran> => runCli(['generate', ...words], { cwd: folder });
const publish = '.github/workflows/publish.yml';
const at = (path: string): string => join(folder, path);

test('writes what is asked for, and the second time nothing', async () => {
  expect(await generate('--dry-run')).toMatchObject({ code: 0, out: expect.stringContaining(`add ${publish}`) });
  expect(existsSync(at(publish))).toBe(false);
  const { code, out, err } = await generate();
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('add .github/CODEOWNERS') });
  expect(err).toContain('trunkline/trunkline has no commit yet');
  expect(readFileSync(at('.github/CODEOWNERS'), 'utf8')).toContain('@acme/platform');
  expect((await generate()).out).toBe('6 files are as trunkline.yaml says\n');
  expect((await generate('--check')).code).toBe(0);
});

test('--check shows what somebody changed, and leaves it', async () => {
  const text = readFileSync(at(publish), 'utf8');
  writeFileSync(at(publish), text.replace('contents: read', 'contents: write'));
  const { code, out } = await generate('--check');
  expect(code).toBe(1);
  expect(out).toContain('-      contents: write\n+      contents: read\n');
  expect(out).toContain(`change ${publish}\nmend it with: trunkline generate\n`);
  expect(readFileSync(at(publish), 'utf8')).toContain('contents: write');
  expect(JSON.parse((await generate('--json')).out)).toMatchObject({
    written: true,
    changes: [{ path: publish, change: 'change' }],
  });
  expect(readFileSync(at(publish), 'utf8')).toBe(text);
});

test('what was ejected is nobody’s but the user’s', async () => {
  expect((await generate('--eject')).code).toBe(0);
  expect(readFileSync(at(publish), 'utf8')).toMatch(/^# Tests one service/);
  expect(await generate()).toMatchObject({ code: 1, err: expect.stringContaining('found one that somebody wrote') });
});
