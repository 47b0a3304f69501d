import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { errorCodes } from '../src/errors.ts';

const root = resolve(import.meta.dirname, '..');

test('docs/errors.md is what src/errors.ts says', () => {
  const check = () => execFileSync(process.execPath, [join(root, 'scripts/errors-page.js'), '--check']);
  expect(check).not.toThrow();
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  expect(Object.keys(errorCodes).filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});

test('every code is one that something fails with', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'errors.ts')
    .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
    .join('\n');
  expect(Object.keys(errorCodes).filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
});
