import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Ran, runCli } from '../see/testing/run-cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'replace-'));
  for (const place of ['eu/dev', 'eu/prod', 'asia/dev'])
    write(`environments/${place}/values.yaml`, 'a: 1 # a "v1"\nimageTag: "v1" # v1\nbranch: "old"\nv10: v1\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  runCli(['ci', 'replace', ...words], { cwd: folder, env });

const tagRegex = 'imageTag: "(?<docker_image_tag>.*)"';
const byFlags = (mappings: string, ...more: string[]): Promise<Ran> =>
  run(['--mappings', mappings, '--docker-image-tag', 'v2-dev', '--docker-image-tag-regex', tagRegex, ...more]);
const dev = 'docker_image_tag==.*-dev {THEN_UPDATE_FILES} **dev/values.yaml=docker_image_tag_regex';
const changed = 'a: 1 # a "v1"\nimageTag: "v2-dev" # v1\nbranch: "old"\nv10: v1\n';

describe('the published mapping', () => {
  test('by flags changes what the group captured, there and nowhere else', async () => {
    const { code, out } = await byFlags(
      `${dev} {NEXT_MAPPING} docker_image_tag==.*-prod {THEN_UPDATE_FILES} **prod/values.yaml`,
    );
    expect([code, out]).toEqual([
      0,
      'changed environments/asia/dev/values.yaml\nchanged environments/eu/dev/values.yaml\n',
    ]);
    expect(read('environments/eu/dev/values.yaml')).toBe(changed);
    expect(read('environments/eu/prod/values.yaml')).toContain('imageTag: "v1"');
    expect((await byFlags(dev)).out).toBe('nothing changes\n');
  });

  test('by the environment, in one step, with its outputs', async () => {
    write('out', '');
    const env = {
      INPUT_MAPPINGS:
        'docker_image_tag==v.*{THEN_UPDATE_FILES}eu/**dev/values.yaml=docker_image_tag_regex&git_branch_regex',
      INPUT_DIRECTORY: 'environments',
      INPUT_DOCKER_IMAGE_TAG: ' v2-dev ',
      INPUT_DOCKER_IMAGE_TAG_REGEX: tagRegex,
      INPUT_GIT_BRANCH: 'feature/"$1',
      INPUT_GIT_BRANCH_REGEX: '/branch: "(?P<git_branch>[^"]*)"/',
      GITHUB_OUTPUT: join(folder, 'out'),
    };
    expect((await run([], env)).code).toBe(0);
    expect(read('environments/eu/dev/values.yaml')).toBe(changed.replace('"old"', '"feature/"$1"'));
    expect(read('out').replaceAll(/<<(.*)\n(.*)\n\1/g, '=$2')).toBe(
      'total_modified_files=1\n__true__=1\n__always__=1\ndocker_image_tag=v2-dev\ngit_branch=feature/"$1\n',
    );
  });

  test('counts a file once, whatever reaches it', async () => {
    const { out } = await byFlags(
      `docker_image_tag==v.* {OR} __always__ {THEN_UPDATE_FILES} **eu/dev/values.yaml {AND} environments/eu/dev/*=* {NEXT_MAPPING} ${dev}`,
      '--json',
    );
    expect(JSON.parse(out)).toMatchObject({ total_modified_files: 2 });
    expect(read('environments/eu/dev/values.yaml')).toBe(changed);
  });

  test('keeps both edits where they go beside the file', async () => {
    const env = { GIT_BRANCH_REGEX: 'branch: "(?<git_branch>[^"]*)"', GIT_BRANCH: 'main' };
    const two = `${dev} {NEXT_MAPPING} git_branch==main {THEN_UPDATE_FILES} **eu/dev/values.yaml=git_branch_regex`;
    const words = ['--mappings', two, '--docker-image-tag', 'v2-dev', '--docker-image-tag-regex', tagRegex];
    expect((await run([...words, '--updated-file-suffix', '.new'], env)).code).toBe(0);
    expect(read('environments/eu/dev/values.yaml')).toContain('"v1"');
    expect(read('environments/eu/dev/values.yaml.new')).toBe(changed.replace('"old"', '"main"'));
  });

  test('takes its own variables and regular expressions', async () => {
    write('c.txt', 'customer: 1\nproject: 2\n');
    const words = ['--mappings', 'customer_number {THEN_UPDATE_FILES} c.txt=customer_regex&project_regex'];
    const env = { CUSTOMER_NUMBER: '555', PROJECT_VAR: '7', CUSTOMER_REGEX: '/customer: (?<customer_number>\\d+)/' };
    const more = ['--register-custom-variables', 'customer_number', '--register-custom-regexes', 'customer_regex'];
    const all = { ...env, PROJECT_REGEX: 'project: (?<project>\\d+)', OTHER_REGEX: '(?=unused)' };
    expect(await run([...words, ...more], all)).toMatchObject({ code: 0, err: '' });
    expect(read('c.txt')).toBe('customer: 555\nproject: 7\n');
  });
});

describe('a condition', () => {
  test.each([
    ['.*-dev', 'x-dev-and-prod', false, true],
    ['.*-dev', 'x-dev', true, true],
    ['v1|v2', 'v10', false, true],
    ['feature\\/.*', 'feature/x', true, true],
  ])('%s on %s holds: %s; with --compat: %s', async (pattern, value, holds, compat) => {
    const words = ['--mappings', `docker_image_tag==${pattern}`, '--docker-image-tag', value, '--dump', '--json'];
    const match = async (...more: string[]): Promise<unknown> =>
      (JSON.parse((await run([...words, ...more])).out) as { mappings: { match: boolean }[] }).mappings[0]?.match;
    expect(await match()).toBe(holds);
    expect(await match('--compat')).toBe(compat);
  });

  test('on a well-known variable that was not sent does not hold', async () => {
    expect((await byFlags(`git_tag==v.* {THEN_UPDATE_FILES} **`)).out).toBe('nothing changes\n');
  });
});

describe('every other byte stays:', () => {
  test('CRLF, a BOM, no line break at the end', async () => {
    write('dev/values.yaml', '\uFEFFimageTag: v1\r\nimageTag: v1\r\nb: 2');
    await byFlags(dev, '--docker-image-tag-regex', 'imageTag: (?<docker_image_tag>.*)$');
    expect(read('dev/values.yaml')).toBe('\uFEFFimageTag: v2-dev\r\nimageTag: v2-dev\r\nb: 2');
  });

  test('what was just written is not read again', async () => {
    write('dev/values.yaml', 'tag: a\nbranch: b\n');
    const env = { INPUT_GIT_BRANCH: 'main', INPUT_GIT_BRANCH_REGEX: 'branch: (?<git_branch>.*)' };
    const all = ['--mappings', 'docker_image_tag {THEN_UPDATE_FILES} dev/values.yaml=*'];
    await run(
      [...all, '--docker-image-tag', 'branch: x', '--docker-image-tag-regex', 'tag: (?<docker_image_tag>.*)'],
      env,
    );
    expect(read('dev/values.yaml')).toBe('tag: branch: x\nbranch: main\n');
  });

  test('modes too, and what is not UTF-8 is left alone', async () => {
    write('dev/values.yaml', Buffer.from([0xff, ...Buffer.from('imageTag: "v1"')]));
    execFileSync('chmod', ['750', join(folder, 'environments/eu/dev/values.yaml')]);
    const { err } = await byFlags(dev);
    expect(err).toBe('note: dev/values.yaml is not UTF-8 and stays as it is\n');
    expect(statSync(join(folder, 'environments/eu/dev/values.yaml')).mode & 0o777).toBe(0o750);
  });
});

test.each([
  [
    '--dry-run',
    'would change environments/asia/dev/values.yaml\n  2: - imageTag: "v1" # v1\n  2: + imageTag: "v2-dev" # v1\n',
  ],
  ['--dump', `docker_image_tag  "v2-dev"\n`],
])('with %s nothing is written', async (flag, says) => {
  const { code, out } = await byFlags(dev, flag, '--commit');
  expect([code, out.includes(says)]).toEqual([0, true]);
  expect(read('environments/eu/dev/values.yaml')).toContain('"v1"');
});

test('folders are no files, and version control is not looked into', async () => {
  mkdirSync(join(folder, 'x/dev/values.yaml'), { recursive: true });
  write('.git/dev/values.yaml', 'imageTag: "v1"\n');
  expect((await byFlags(dev)).code).toBe(0);
  expect(read('.git/dev/values.yaml')).toContain('v1');
});

test('a link that leads out of the folder is refused, before anything is written', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'outside-'));
  writeFileSync(join(outside, 'values.yaml'), 'imageTag: "v1"\n');
  mkdirSync(join(folder, 'z/dev'), { recursive: true });
  symlinkSync(join(outside, 'values.yaml'), join(folder, 'z/dev/values.yaml'));
  symlinkSync(outside, join(folder, 'linked-dev'));
  const { code, err } = await byFlags(dev);
  expect(code).toBe(2);
  expect(err).toContain('expected z/dev/values.yaml to stay in the folder');
  expect(read('environments/eu/dev/values.yaml')).toContain('"v1"');
  expect(readFileSync(join(outside, 'values.yaml'), 'utf8')).toContain('v1');
  rmSync(outside, { recursive: true });
});

test.each([
  ['no mapping', [], 'expected --mappings'],
  [
    'nothing on the right',
    ['--mappings', 'git_tag==x {THEN_UPDATE_FILES} '],
    'expected files after {THEN_UPDATE_FILES}',
  ],
  ['an unknown variable', ['--mappings', 'git_brach==x'], 'did you mean "git_branch"?'],
  ['an unknown regex', ['--mappings', 'git_tag==x {THEN_UPDATE_FILES} **=nope'], 'found "nope"'],
  ['a look-ahead', ['--mappings', 'git_tag==(?=x)'], 'expected a regular expression'],
  [
    'a misspelt group',
    ['--mappings', 'git_branch', '--git-branch', 'x', '--git-branch-regex', 'b: (?<git_brach>.*)'],
    'did you mean "git_branch"?',
  ],
  ['a folder that is not there', ['--mappings', 'git_tag', '--directory', 'nope'], 'expected a folder'],
  ['a suffix with a way out', ['--mappings', 'git_tag', '--updated-file-suffix', '/../x'], 'expected a suffix'],
])('refuses %s', async (_name, words, message) => {
  const { code, err } = await run(words);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test('two values for one place are refused', async () => {
  const env = { A_VAR: '1', B_VAR: '2', A_REGEX: 'branch: "(?<a>.*)"', B_REGEX: '"(?<b>old)"' };
  const { code, err } = await run(
    ['--mappings', '__true__ {THEN_UPDATE_FILES} **eu/dev/values.yaml=a_regex&b_regex'],
    env,
  );
  expect(code).toBe(1);
  expect(err).toContain('values.yaml:3:10: error: expected each place to take one value, found "1" and "2"');
});

test('exit codes: 1, and with --compat the published 2 and 3', async () => {
  const nothing = ['--mappings', 'git_tag==x', '--if-no-match-fail'];
  expect((await run(nothing)).code).toBe(1);
  expect((await run([...nothing, '--compat'])).code).toBe(3);
  const missing = { INPUT_IF_WELL_KNOWN_VARS_MISSING_FAIL: '1', INPUT_MAPPINGS: '__true__' };
  expect((await run([], missing)).code).toBe(1);
  expect((await run([], { ...missing, INPUT_COMPAT: '1' })).code).toBe(2);
});

test('time stays linear in the text', async () => {
  write('dev/values.yaml', `${'a'.repeat(50_000)}!\n`);
  const { code } = await byFlags(dev, '--docker-image-tag-regex', '(?<docker_image_tag>(a+)+)$');
  expect(code).toBe(0);
});

test('commits the files that changed and nothing else', async () => {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: folder }).toString().trim();
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('-c', 'user.name=a', '-c', 'user.email=a@b.test', 'commit', '-qm', 'first');
  write('other', '1');
  git('add', 'other');
  const { code } = await byFlags(
    dev,
    '--commit',
    '--commit-template',
    'to {{ $docker_image_tag }} & <b>',
    '--committer-name',
    'Bot; id',
    '--committer-email',
    'bot@b.test',
  );
  expect(code).toBe(0);
  expect(git('log', '-1', '--format=%an %cn %s')).toBe('Bot; id Bot; id to v2-dev & <b>');
  expect(git('show', '--name-only', '--format=').split('\n')).toEqual([
    'environments/asia/dev/values.yaml',
    'environments/eu/dev/values.yaml',
  ]);
  expect(git('status', '--short')).toBe('A  other');
  const blade = await byFlags(
    dev.replace('.*-dev', '.*'),
    '--commit',
    '--commit-template',
    '@php(1)',
    '--docker-image-tag',
    'v3',
  );
  expect(blade.err).toContain('found "@php"');
});
