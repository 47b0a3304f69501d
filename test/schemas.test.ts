import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseDispatch } from '../src/delivery/dispatch-payload.ts';

const root = resolve(import.meta.dirname, '..');

test('docs/schema is what the code checks by', () => {
  const check = () => execFileSync(process.execPath, [join(root, 'scripts/schemas.js'), '--check']);
  expect(check).not.toThrow();
});

const payload = {
  schema: 1,
  service: 'api',
  digest: `sha256:${'a'.repeat(64)}`,
  repository: 'acme/app',
  commit: '1'.repeat(40),
  message: 'say "hi"\n🚀',
};

test.each<[string, object, string | undefined]>([
  ['a release', payload, undefined],
  [
    'a release with all there is',
    { ...payload, image: 'ghcr.io/acme/api', tag: 'v1', ref: 'refs/heads/main', run: 'https://x.test/1' },
    undefined,
  ],
  ['a digest cut short', { ...payload, digest: 'sha256:aa' }, 'client_payload.digest: expected a text like'],
  ['a tag for a digest', { ...payload, digest: 'v1' }, 'found "v1"'],
  ['no commit', { ...payload, commit: undefined }, 'client_payload.commit: expected string, found none'],
  ['a word that is not known', { ...payload, comit: '1' }, 'unknown key "comit"'],
  ['a list', [], 'client_payload: expected object'],
])('the published schema and the command agree on %s', (_name, value, message) => {
  const schema = JSON.parse(readFileSync(join(root, 'docs/schema/release-dispatch.json'), 'utf8')) as object;
  const valid = new Ajv2020().compile(schema);
  const sent: unknown = JSON.parse(JSON.stringify(value));
  expect(valid(sent)).toBe(message === undefined);
  if (message === undefined) expect(parseDispatch(sent)).toEqual(sent);
  else expect(() => parseDispatch(sent)).toThrow(message);
});

test.each(['two-repositories/app', 'two-repositories/infra'])('the published schema takes %s', (folder) => {
  const schema = JSON.parse(readFileSync(join(root, 'docs/schema/trunkline.json'), 'utf8')) as object;
  const value: unknown = parse(readFileSync(join(root, 'examples', folder, 'trunkline.yaml'), 'utf8'));
  const valid = new Ajv2020().compile(schema);
  expect(valid(value), JSON.stringify(valid.errors)).toBe(true);
  expect(valid({ ...(value as object), servces: {} })).toBe(false);
});

test('docs/trunkline-yaml.md is what the schema says, and says something of every key', () => {
  const check = () => execFileSync(process.execPath, [join(root, 'scripts/reference-page.js'), '--check']);
  expect(check).not.toThrow();
  const rows = readFileSync(join(root, 'docs/trunkline-yaml.md'), 'utf8').split('\n');
  expect(rows.filter((row) => row.startsWith('| `') && / \|\s+\|$/.test(row))).toEqual([]);
});
