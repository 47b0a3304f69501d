import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');

/** The rooms in import order: a file imports from its own room or from an earlier one. */
const order = [
  'errors',
  'ports',
  'model',
  'yaml',
  'expression',
  'config',
  'manifest',
  'workflow',
  'settings',
  'report',
  'delivery',
  'git',
  'github',
  'registry',
  'sigstore',
  'state',
  'apply',
  'deploy',
  'notify',
  'protocol',
  'forge',
  'runner',
  'lab',
  'cli',
  'index',
];
const pure = new Set(order.slice(order.indexOf('model'), order.indexOf('git')));
/** Neighbours that meet only in protocol/. */
const strangers = [['forge', 'runner']] as const;

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'testdata' ? [] : files(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

const isTest = (path: string): boolean => /\.(test|soak)\.ts$|\/testing\//.test(path);

function room(path: string): string {
  const [first = ''] = relative(src, path).split('/');
  return first.replace(/\.ts$/, '');
}

function imports(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/(?:from\s+|import\s*\(\s*|^import\s+)'([^']+)'/gm)].map((match) => match[1] ?? '');
}

const sources = files(src).filter((path) => !isTest(path));

test('every room is in the import order', () => {
  expect([...new Set(files(src).map(room))].filter((name) => !order.includes(name))).toEqual([]);
});

test('a file imports from its own room or from an earlier one', () => {
  const wrong = sources.flatMap((path) =>
    imports(path)
      .filter((name) => name.startsWith('.'))
      .map((name) => room(resolve(dirname(path), name)))
      .filter((target) => target !== room(path) && order.indexOf(target) >= order.indexOf(room(path)))
      .map((target) => `${relative(root, path)} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

test('forge and runner never import each other, tests included', () => {
  const wrong = files(src).flatMap((path) =>
    strangers.flatMap(([a, b]) => {
      const other = room(path) === a ? b : room(path) === b ? a : undefined;
      return imports(path)
        .filter((name) => name.startsWith('.') && room(resolve(dirname(path), name)) === other)
        .map((name) => `${relative(root, path)} imports ${name}`);
    }),
  );
  expect(wrong).toEqual([]);
});

test('pure rooms do no I/O and know no clock, randomness or environment', () => {
  const forbidden =
    /from 'node:(?!path\/posix')|from '@octokit\/(?!openapi-types)|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.|\bfetch\(/;
  const wrong = sources
    .filter((path) => pure.has(room(path)))
    .filter((path) => forbidden.test(readFileSync(path, 'utf8')))
    .map((path) => relative(root, path));
  expect(wrong).toEqual([]);
});

test('no module mocks, no skipped or lone tests', () => {
  const needle = new RegExp(['vi\\.mock', '\\.only\\(', '(?:test|it|describe)\\.skip\\(', '\\.todo\\('].join('|'));
  const wrong = [...files(src), ...files(join(root, 'test'))]
    .filter((path) => isTest(path) && !path.endsWith('architecture.test.ts'))
    .filter((path) => needle.test(readFileSync(path, 'utf8')))
    .map((path) => relative(root, path));
  expect(wrong).toEqual([]);
});
