import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LabBench, openLabBench, workflowOf } from './testing/bench.ts';

const run = promisify(execFile);
const have = async (program: string, ...args: string[]): Promise<string | undefined> =>
  run(program, args).then(
    ({ stdout }) => stdout.trim(),
    () => {
      process.stdout.write(`not tried: ${program} is not here\n`);
      return undefined;
    },
  );

let bench: LabBench;
beforeAll(async () => {
  bench = await openLabBench({ parallel: 4 });
});
afterAll(() => bench.close());

const [major = ''] = process.versions.node.split('.');
const node = (given: string): string => `- { uses: actions/setup-node@v4, with: { ${given} } }`;
const show = `- run: echo "node \${{ steps.n.outputs.node-version }} $(node --version) $(command -v node) $(npm --version)"`;

test('setup-node binds the Node of this machine where it satisfies, and says so where not', async () => {
  const result = await bench.push(
    'nodes',
    workflowOf({
      major: `steps:\n  - { uses: actions/setup-node@v4, id: n, with: { node-version: ${major} } }\n  ${show}`,
      range: `steps:\n  - { uses: actions/setup-node@v4, id: n, with: { node-version: ">=18 <99", registry-url: "https://npm.example.com", scope: acme } }\n  - run: cat "$NPM_CONFIG_USERCONFIG"; echo "$NODE_AUTH_TOKEN"`,
      files: `steps:\n  - uses: actions/checkout@v4\n  ${node('node-version-file: .nvmrc')}\n  ${node('node-version-file: package.json')}\n  ${node('node-version-file: .tool-versions')}\n  ${node('node-version-file: none')}`,
      none: `steps:\n  ${node('node-version: 4.9.1')}`,
      lts: `steps:\n  ${node("node-version: 'lts/*'")}\n  ${node("node-version: 'lts/hydrogen'")}`,
      cache: `steps:\n  - uses: actions/checkout@v4\n  - { uses: actions/setup-node@v4, id: n, with: { node-version: ${major}, cache: npm } }\n  - run: mkdir -p ~/.npm/_cacache; echo "hit [\${{ steps.n.outputs.cache-hit }}]"`,
      unlocked: `steps:\n  ${node(`node-version: ${major}, cache: npm`)}`,
    }),
    {
      '.nvmrc': `v${process.versions.node}\n`,
      'package.json': JSON.stringify({ engines: { node: `^${major}` } }),
      'package-lock.json': '{}',
      '.tool-versions': `python 3.1\nnodejs ${process.versions.node}\n`,
    },
  );
  expect(result.conclusions.filter((one) => one.endsWith('success'))).toEqual([
    'cache success',
    'major success',
    'range success',
  ]);
  expect(result.logOf('major')).toMatch(
    new RegExp(`^node v${process.versions.node} v${process.versions.node} /.*/tool/node/.*/bin/node \\d`, 'm'),
  );
  expect(result.logOf('range')).toContain(
    '//npm.example.com/:_authToken=${NODE_AUTH_TOKEN}\n@acme:registry=https://npm.example.com/',
  );
  expect(result.logOf('files')).toContain('The specified node version file at');
  expect(result.logOf('files')).toContain(`Resolved .tool-versions as ${process.versions.node}`);
  expect(result.logOf('none')).toContain("##[error]Unable to find Node version '4.9.1' for platform");
  expect(result.logOf('none')).toMatch(
    /The lab binds the Node of this machine and downloads none: expected 4\.9\.1, found .*\d/,
  );
  expect(result.logOf('lts')).toContain('here the newest of this machine counts');
  expect(result.logOf('lts')).toContain("Unable to find Node version 'lts/hydrogen'");
  expect(result.logOf('unlocked')).toContain('Dependencies lock file is not found in');
  expect(result.logOf('cache')).toMatch(/^Cache saved with key: node-cache-\w+-\w+-npm-[0-9a-f]{64}$/m);
});

test('setup-python and setup-go do the same', async () => {
  const python = await have('python3', '-c', 'import platform; print(platform.python_version())');
  const go = await have('go', 'version');
  const [, minor = ''] = /^3\.(\d+)/.exec(python ?? '') ?? [];
  const goVersion = /go(\d+\.\d+)/.exec(go ?? '')?.[1] ?? '';
  const result = await bench.push(
    'others',
    workflowOf({
      ...(python === undefined
        ? {}
        : {
            python: `steps:\n  - { uses: actions/setup-python@v5, id: p, with: { python-version: "3.${minor}" } }\n  - run: echo "python \${{ steps.p.outputs.python-version }} $(python -c 'import platform; print(platform.python_version())') $pythonLocation"; pip --version`,
            oldPython: 'steps:\n  - { uses: actions/setup-python@v5, with: { python-version: "2.1" } }',
            pypy: 'steps:\n  - { uses: actions/setup-python@v5, with: { python-version: pypy3.9 } }',
          }),
      ...(go === undefined
        ? {}
        : {
            go: `steps:\n  - uses: actions/checkout@v4\n  - { uses: actions/setup-go@v5, id: g, with: { go-version-file: go.mod } }\n  - run: echo "go \${{ steps.g.outputs.go-version }} $(go version)"`,
            oldGo: 'steps:\n  - { uses: actions/setup-go@v5, with: { go-version: "1.2", cache: false } }',
          }),
    }),
    { 'go.mod': `module x\n\ngo ${goVersion}\n`, 'go.sum': '' },
  );
  if (python !== undefined) {
    expect(result.logOf('python')).toMatch(
      new RegExp(`^python 3\\.${minor}\\.\\S+ 3\\.${minor}\\.\\S+ /.*/tool/Python/`, 'm'),
    );
    expect(result.logOf('oldPython')).toContain("The version '2.1' with architecture");
    expect(result.logOf('pypy')).toContain('is not CPython');
  }
  if (go !== undefined) {
    expect(result.logOf('go')).toMatch(/^go 1\.\d+\.\d+ go version go1\./m);
    expect(result.logOf('oldGo')).toContain("Unable to find Go version '1.2'");
  }
});
