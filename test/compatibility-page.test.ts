import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

test('docs/compatibility.md is what the code and its tests say', () => {
  const check = () => execFileSync(process.execPath, [join(root, 'scripts/compatibility-page.js'), '--check']);
  expect(check, 'run node scripts/compatibility-page.js').not.toThrow();
});
