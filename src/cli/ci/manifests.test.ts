import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { git } from '../../git/git.ts';
import { type Ran, runCli } from '../see/testing/run-cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manifests-'));
  write(
    'trunkline.yaml',
    `kind: Environments
accept: { acme/shop: { services: { api: api-team, web: web-team } } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
environments: { dev: { track: main }, prod: { from: dev } }
`,
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}
const manifests = (): Promise<Ran> => runCli(['ci', 'manifests'], { cwd: folder });
const image = `ghcr.io/acme/api@sha256:${'a1'.repeat(32)}`;

test('what is pinned by digest, or not released yet, passes', async () => {
  write('envs/dev.json', JSON.stringify({ api: { image }, web: { image: '' } }));
  write('envs/prod.json', JSON.stringify({ api: { image: '' }, web: { image: '' } }));
  expect(await manifests()).toMatchObject({ code: 0, out: '1 releases are pinned by digest\n' });
});

test('a tag, half a digest, a file that is not there and a record that cannot be read are all said at once', async () => {
  write(
    'envs/dev.json',
    JSON.stringify({ api: { image: 'ghcr.io/acme/api:latest' }, web: { image: `${image}`.slice(0, -3) } }),
  );
  write('.trunkline/holds.yaml', 'holds: 7\n');
  const { code, err } = await manifests();
  expect(code).toBe(1);
  expect(err).toContain('envs/dev.json');
  expect(err).toContain('expected api by digest, found "ghcr.io/acme/api:latest"');
  expect(err).toContain('envs/prod.json: error: expected api in prod here, found no file');
  expect(err).toContain('.trunkline/holds.yaml');
  expect(err.match(/envs\/dev\.json/g)).toHaveLength(2);
});

test('a tag that stood there before is no fault of this change; one that is new, or another, is', async () => {
  const commit = async (): Promise<void> => {
    await git(['add', '--all'], { cwd: folder });
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@acme.test'];
    await git([...who, 'commit', '--quiet', '--message', 'a change'], { cwd: folder });
  };
  const pins = (api: string): string => JSON.stringify({ api: { image: api }, web: { image: '' } });
  await git(['init', '--quiet', '--initial-branch=main'], { cwd: folder });
  write('envs/dev.json', pins('ghcr.io/acme/api:1.0'));
  write('envs/prod.json', pins('ghcr.io/acme/api:0.9'));
  await commit();
  write('envs/dev.json', pins(image));
  await commit();
  expect(await manifests()).toMatchObject({
    code: 0,
    out: 'envs/prod.json: api in prod by its tag alone, as before: ghcr.io/acme/api:0.9\n1 releases are pinned by digest\n',
  });
  write('envs/prod.json', pins('ghcr.io/acme/api:1.0'));
  await commit();
  expect(await manifests()).toMatchObject({
    code: 1,
    err: expect.stringContaining('expected api by digest, found "ghcr.io/acme/api:1.0"'),
  });
});
