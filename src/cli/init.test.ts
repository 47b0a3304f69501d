import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf, type InfraRepository, makeInfraRepository } from '../state/see/testing/infra-repository.ts';
import { type Ran, runCli } from './see/testing/run-cli.ts';

let repository: InfraRepository;
beforeEach(async () => {
  repository = await makeInfraRepository();
});
afterEach(() => repository.remove());

const run = (words: readonly string[], answers?: readonly string[]): Promise<Ran> =>
  runCli(['init', ...words], { cwd: repository.folder, ...(answers === undefined ? {} : { answers }) });
const read = (path: string): string => readFileSync(join(repository.folder, path), 'utf8');
const image = JSON.stringify({ api: { image: `ghcr.io/acme/api@${digestOf('a')}` } });
const manifests = { 'envs/dev.json': image, 'envs/prod.json': image };

test('asks at a terminal what it cannot see, again where the answer is none, and writes what status then reads', async () => {
  await repository.commit(0, 'Start', manifests);
  const ran = await run([], ['acme', 'acme/app', 'api-team', 'make deploy']);
  expect(ran.err).toContain('--accept: expected "owner/name", such as "acme/infra", found "acme"');
  expect(ran.code).toBe(0);
  expect(read('trunkline.yaml')).toBe(`kind: Environments
accept: # who may ship what: repository → services → the team that owns each
  acme/app:
    services: { api: api-team }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
deploy: { command: make deploy }
environments:
  dev: { track: main, merge: auto }
  prod: { from: dev, approve: { owner: 1 } }
`);
  expect(ran.out).toContain('next:\n  git add trunkline.yaml');
  await repository.commit(1, 'Describe the delivery', { 'trunkline.yaml': read('trunkline.yaml') });
  const { out } = await runCli(['status', '--offline', '--json'], { cwd: repository.folder });
  expect(JSON.parse(out)).toMatchObject({ environments: [{ name: 'dev' }, { name: 'prod', from: 'dev' }] });
});

test('without a terminal every flag that is wanted is listed at once, and flags answer all of it', async () => {
  await repository.commit(0, 'Start', manifests);
  const refused = await run([]);
  expect(refused.code).toBe(2);
  for (const flag of ['--accept acme/app', '--team api-team', '--deploy "make deploy"'])
    expect(refused.err).toContain(flag);
  expect(refused.err).not.toContain('--split');
  expect(existsSync(join(repository.folder, 'trunkline.yaml'))).toBe(false);
  const flags = ['--accept', 'acme/app=api', '--team', 'api=api-team', '--deploy', '', '--json'];
  const dry = await run([...flags, '--dry-run']);
  expect(existsSync(join(repository.folder, 'trunkline.yaml'))).toBe(false);
  expect(JSON.parse(dry.out)).toMatchObject({ written: false, files: [{ path: 'trunkline.yaml' }] });
  expect(JSON.parse((await run(flags)).out)).toMatchObject({
    written: true,
    notes: [expect.stringContaining('no `deploy`')],
  });
});

test('what is there is left alone, whether it was committed or not', async () => {
  await repository.commit(0, 'Start', manifests);
  writeFileSync(join(repository.folder, 'trunkline.yaml'), 'mine\n');
  const flags = ['--accept', 'acme/app', '--team', 'api-team', '--deploy', ''];
  expect((await run(flags)).err).toContain('expected no trunkline.yaml yet, found one');
  expect(read('trunkline.yaml')).toBe('mine\n');
  await repository.commit(1, 'Mine', { 'trunkline.yaml': 'mine\n' });
  expect((await run(flags)).code).toBe(2);
});

test('a flag that cannot be read is refused by name', async () => {
  await repository.commit(0, 'Start', manifests);
  expect((await run(['--accept', 'nobody'])).err).toContain('--accept: expected "owner/name"');
  expect((await run(['--environments', 'dev,dev'])).err).toContain('expected --environments with different names');
  expect((await run(['--service', 'api=../up'])).err).toContain('--service: expected a path inside the repository');
});
