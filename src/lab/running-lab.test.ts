import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { announceLab, findRunningLab } from './running-lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'running-lab-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a lab is found while its process has it up, not when its number has gone to another one', () => {
  const lab: Pick<Lab, 'folder' | 'urls' | 'env'> = {
    folder,
    urls: { html: '', api: '', graphql: '', local: 'http://127.0.0.1:1' },
    env: () => ({}),
  };
  expect(findRunningLab(folder)).toBeUndefined();
  const withdraw = announceLab(lab, 'alice', 'token');
  const found = findRunningLab(folder);
  expect(found).toMatchObject({ pid: process.pid, login: 'alice' });
  const file = join(folder, 'running.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), began: 'long ago' }));
  expect(findRunningLab(folder)).toBeUndefined();
  withdraw();
  expect(() => readFileSync(file)).toThrow('ENOENT');
});
