import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generate, generateShared } from '../src/workflow/generate/generate.ts';
import type { GeneratedFile } from '../src/workflow/generate/generated-file.ts';
import { parseLock } from '../src/workflow/generate/lock.ts';
import { configOf, environmentsTexts, servicesTexts } from '../src/workflow/generate/testing/configurations.ts';

const run = promisify(execFile);

/** What actionlint says that is not so, and why. */
const ignored = [
  // GitHub's own schema has it (@actions/workflow-parser, "concurrency-queue"); actionlint 1.7.12 is older.
  'unexpected key "queue" for "concurrency" section',
  // Labels of self-hosted runners are the user's own.
  'label "[^"]+" is unknown',
];

/** What zizmor finds that stays, and why. */
const kept = new Set([
  // "$/…": newer than GitHub's published parser (0.3.61), which refuses it.
  'self-repository',
  // Which database a service is tested with is the user's choice; trunkline.yaml takes a digest too.
  'unpinned-images',
]);

let folder: string;
const repositories: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linters-'));
  const none = (): undefined => undefined;
  const lock = parseLock(undefined);
  const all = [
    ...[
      ...fc.sample(servicesTexts, { numRuns: 8, seed: 11 }),
      ...fc.sample(environmentsTexts, { numRuns: 4, seed: 3 }),
    ].map((text) => generate(configOf(text), lock, none).files),
    generateShared(lock, none).files,
  ];
  for (const [index, files] of all.entries()) repositories.push(await write(`r${index}`, files));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function write(name: string, files: readonly GeneratedFile[]): Promise<string> {
  const root = join(folder, name);
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  await run('git', ['init', '--quiet', root]);
  return root;
}

async function has(program: string): Promise<boolean> {
  const found = await run(program, ['--version']).then(
    () => true,
    () => false,
  );
  if (!found)
    process.stderr.write(`${program} is not installed: generated workflows were not tried with it (.ci/linters)\n`);
  return found;
}

/** Both answer with another exit code where they find something. */
async function output(program: string, args: readonly string[], cwd: string): Promise<string> {
  return run(program, [...args], { cwd, maxBuffer: 1 << 26 }).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; stderr?: string }) => error.stdout || error.stderr || 'failed',
  );
}

test('actionlint finds nothing in what is generated', async () => {
  if (!(await has('actionlint'))) return;
  const flags = ignored.flatMap((one) => ['-ignore', one]);
  for (const root of repositories) {
    const workflows = readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`);
    expect(await output('actionlint', ['-no-color', ...flags, ...workflows], root)).toBe('');
  }
});

test('zizmor, as pedantic as it can be, finds nothing in what is generated', async () => {
  if (!(await has('zizmor'))) return;
  // The shared workflow is told its service containers: an expression that GitHub takes, and zizmor 1.32 cannot read.
  for (const root of repositories.slice(0, -1)) {
    const text = await output(
      'zizmor',
      ['--offline', '--persona', 'pedantic', '--format', 'json', '--no-progress', '--strict-collection', '.'],
      root,
    );
    const findings = (JSON.parse(text) as { ident: string; ignored?: boolean; desc: string; locations: unknown }[])
      .filter(({ ident, ignored: excused }) => !kept.has(ident) && excused !== true)
      .map(({ ident, desc, locations }) => `${ident}: ${desc} ${JSON.stringify(locations).slice(0, 400)}`);
    expect(findings).toEqual([]);
  }
});
