import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pushCommand } from '../../src/cli/ci/push.ts';
import { releaseCommand } from '../../src/cli/ci/release.ts';
import { git } from '../../src/git/git.ts';
import { trustedRootFile } from '../../src/lab/sigstore/sigstore-services.ts';
import { type Image, openSigningWorld, type SigningWorld } from '../../src/lab/sigstore/testing/signing-world.ts';
import type { RunRecord } from '../../src/protocol/run.ts';
import { predicateTypes } from '../../src/sigstore/statement.ts';
import { type Outcome, openStage, type Stage } from './stage.ts';

let stage: Stage;
let world: SigningWorld;
let env: Record<string, string>;
const signer = ['--signer', '.github/workflows/publish.yml'];

beforeAll(async () => {
  world = await openSigningWorld();
  stage = await openStage({ policy: false });
  stage.intercept = (request) => {
    const url = new URL(request.url);
    if (url.host !== 'ghcr.io' && url.host !== world.host) return undefined;
    const headers = Object.fromEntries(request.headers);
    return world.fetch(`http://${world.host}${url.pathname}${url.search}`, { method: request.method, headers });
  };
  const docker = join(stage.folder, 'docker');
  mkdirSync(docker);
  writeFileSync(join(docker, 'config.json'), JSON.stringify({ auths: { 'ghcr.io': { auth: world.auth } } }));
  await git(['init', '--quiet'], { cwd: stage.folder });
  env = { DOCKER_CONFIG: docker, TRUNKLINE_TRUSTED_ROOT: trustedRootFile(world.folder) };
});
afterAll(async () => {
  await stage.close();
  await world.close();
});

interface Release {
  readonly id: number;
  readonly tag_name: string;
  readonly draft: boolean;
  readonly body: string;
  readonly assets: readonly { readonly id: number; readonly name: string; readonly size: number }[];
}

/** In a clone of the application that has what GitHub has by now. */
async function release(...words: string[]): Promise<Outcome> {
  const url = await stage.server();
  const token = Buffer.from(`x:${stage.forge.tokens.carol}`).toString('base64');
  await git(
    ['-c', `http.extraHeader=Authorization: Basic ${token}`, 'fetch', '--quiet', `${url}/acme/app.git`, 'main'],
    {
      cwd: stage.folder,
    },
  );
  return stage.run(releaseCommand, ['--repository', 'acme/app', ...words], env);
}
const releases = (): Promise<Release[]> => stage.api('GET', '/repos/acme/app/releases');
const tag = (name: string, sha: string): Promise<unknown> =>
  stage.api('POST', '/repos/acme/app/git/refs', { ref: `refs/tags/${name}`, sha });

/** Published from a commit of its own, provenance and SBOM hung on it. */
async function published(): Promise<{ image: Image; commit: string }> {
  const { image } = await world.pushImage(false);
  const { commit } = await stage.publish('api', image.digest);
  await world.attach(image, await world.signed(world.statement(image.digest), { sha: commit }));
  const sbom = world.statement(image.digest, predicateTypes.spdx, { spdxVersion: 'SPDX-2.3' });
  await world.attach(image, await world.signed(sbom, { sha: commit }), predicateTypes.spdx);
  return { image, commit };
}

test('a tag ships what its own commit was built into, once, with the changes since the release before', async () => {
  const first = await published();
  await tag('v1.0.0', first.commit);
  const later = await published();

  const dry = await release('--tag', 'v1.0.0', ...signer, '--dry-run');
  expect(dry.error).toBeUndefined();
  expect(dry.out).toContain(`ghcr.io/acme/api@${first.image.digest}`);
  expect(dry.out).not.toContain(later.image.digest);
  expect(await releases()).toEqual([]);

  expect((await release('--tag', 'v1.0.0', ...signer)).out).toMatch(/^v1\.0\.0 published: /);
  const [made] = await releases();
  expect(made).toMatchObject({ tag_name: 'v1.0.0', draft: false });
  expect(made?.assets.map((one) => one.name)).toEqual(['api.sigstore.jsonl', 'api.spdx.json']);
  expect(made?.body).toContain('signed by https://github.com/acme/app/.github/workflows/publish.yml@refs/heads/main');

  const asset = made?.assets[0];
  await stage.api('PATCH', `/repos/acme/app/releases/${made?.id}`, { body: 'edited by a person' });
  await stage.api('DELETE', `/repos/acme/app/releases/assets/${asset?.id}`);
  expect((await release('--tag', 'v1.0.0', ...signer)).out).toContain('v1.0.0 completed');
  expect((await release('--tag', 'v1.0.0', ...signer)).out).toContain('v1.0.0 unchanged');
  const [again] = await releases();
  expect(again?.body).toBe('edited by a person');
  expect(again?.assets).toHaveLength(2);

  await tag('v1.1.0', later.commit);
  const { out } = await release('--tag', 'v1.1.0', ...signer, '--dry-run');
  expect(out).toContain('## Changes since v1.0.0');
  expect(out.match(/^- add change-/gm)).toHaveLength(1);
  expect(out).toContain('/acme/app/compare/v1.0.0...v1.1.0');

  // A fix of an older line is not the latest, though it comes later.
  await tag('v0.9.9', first.commit);
  expect((await release('--tag', 'v0.9.9', '--service', 'api')).out).toContain('v0.9.9 published');
  expect(await stage.api('GET', '/repos/acme/app/releases/latest')).toMatchObject({ tag_name: 'v1.0.0' });
});

test('a draft that a killed run left is taken up, and its half file made whole', async () => {
  const { commit } = await published();
  await tag('v1.2.0', commit);
  const { id } = await stage.api<{ id: number }>('POST', '/repos/acme/app/releases', {
    tag_name: 'v1.2.0',
    name: 'The one with refunds',
    body: 'Read the migration guide first.',
    draft: true,
  });
  const half = new Request(`https://api.github.com/repos/acme/app/releases/${id}/assets?name=api.sigstore.jsonl`, {
    method: 'POST',
    headers: { authorization: `token ${stage.forge.tokens.carol}` },
    body: 'half',
  });
  expect((await stage.forge.app.request(half)).status).toBe(201);
  // Moved while files are on their way.
  const elsewhere = (await stage.publish('web', `sha256:${'d'.repeat(64)}`)).commit;
  const move = (sha: string) => stage.api('PATCH', '/repos/acme/app/git/refs/tags/v1.2.0', { sha, force: true });
  const pass = stage.intercept;
  stage.intercept = (request, send) => {
    if (!request.url.includes('/assets?')) return pass?.(request, send);
    stage.intercept = pass;
    return move(elsewhere).then(() => undefined);
  };
  expect((await release('--tag', 'v1.2.0', ...signer)).error?.message).toContain(
    `expected v1.2.0 at ${commit.slice(0, 12)} until it is published, found it at ${elsewhere.slice(0, 12)}`,
  );
  await move(commit);
  expect((await release('--tag', 'v1.2.0', ...signer)).out).toContain('v1.2.0 published');
  const found = (await releases()).filter((one) => one.tag_name === 'v1.2.0');
  expect(found).toHaveLength(1);
  // What somebody wrote beforehand comes first.
  expect(found[0]?.body).toMatch(/^Read the migration guide first\.\n\n\*\*api\*\* /);
  expect(found[0]?.assets.find((one) => one.name === 'api.sigstore.jsonl')?.size).toBeGreaterThan(1000);
});

test('what was not published from the tag’s commit, or not signed there, is not released', async () => {
  const { commit } = await stage.publish('web', `sha256:${'e'.repeat(64)}`);
  await tag('v2.0.0', commit);
  const { error } = await release('--tag', 'v2.0.0', '--service', 'api');
  expect(error?.code).toBe('NOT_FOUND');
  expect(error?.message).toMatch(
    /published from [0-9a-f]{12}, found none \(the newest of api is [0-9a-f]{12} of [0-9a-f]{12}, another/,
  );

  const { image } = await world.pushImage(false);
  const unsigned = await stage.publish('api', image.digest);
  await tag('v2.1.0', unsigned.commit);
  expect((await release('--tag', 'v2.1.0', ...signer)).error?.code).toBe('SIGNATURE_REFUSED');
  expect((await release('--tag', 'v2.1.0', '--artifact', 'image')).error?.message).toContain(
    `expected the artifact "image" of a run that succeeded on ${unsigned.commit.slice(0, 12)}, found none (no run of this commit)`,
  );
  expect((await release('--tag', 'nightly')).error?.code).toBe('INPUT_INVALID');
  expect((await release('--tag', 'v9.9.9')).error?.message).toContain('found no such tag');
  expect((await releases()).map((one) => one.tag_name)).not.toContain('v2.1.0');
});

test('an artifact is that of the commit’s own run, and one that expired is said to have expired', async () => {
  const { forge, runs } = stage.forge;
  const workflow = 'on: push\njobs: { build: { runs-on: ubuntu-latest, steps: [{ run: "true" }] } }\n';
  await stage.api('PUT', '/repos/acme/app/contents/.github/workflows/build.yml', {
    message: 'Build',
    content: Buffer.from(workflow).toString('base64'),
  });
  const { commit } = await published();
  await tag('v3.0.0', commit);
  let opened: RunRecord | undefined;
  for await (const command of runs.commands(AbortSignal.timeout(10_000))) {
    if (command.kind !== 'event') continue;
    const wanted = { path: '.github/workflows/build.yml', workflowName: 'Build', title: 'Build' };
    [opened] = await runs.openRuns(command.event.id, [wanted]);
    break;
  }
  const run = forge.store.runs.get(opened?.id ?? 0);
  if (run === undefined) throw new Error('the push started no run');
  const artifact = {
    id: 1,
    repositoryId: run.repositoryId,
    runId: run.id,
    attempt: 1,
    jobId: 1,
    name: 'image',
    size: 9,
  };
  const rest = {
    digest: null,
    mimeType: 'application/zip',
    blob: 'none',
    createdAt: run.createdAt,
    updatedAt: run.createdAt,
  };
  const keep = (conclusion: 'success' | 'failure', expiresAt: string): void =>
    forge.store.transaction(() => {
      forge.store.runs.put({ ...run, event: 'push', headSha: commit, status: 'completed', conclusion });
      forge.store.artifacts.put({ ...artifact, ...rest, expiresAt });
    });
  const push = async (file: string): Promise<string> => {
    const words = [file, 'ghcr.io/acme/api', '--artifact', 'image', '--commit', commit, '--repository', 'acme/app'];
    return (await stage.run(pushCommand, words, env)).error?.message ?? 'it was pushed';
  };
  const ask = async (): Promise<string> =>
    (await release('--tag', 'v3.0.0', '--artifact', 'image')).error?.message ?? 'it was released';
  keep('success', '2026-01-02T00:00:00Z');
  expect(await ask()).toContain(
    `"image" of ${commit.slice(0, 12)}, found one that expired on 2026-01-02 (run ${run.id})`,
  );
  expect(await push('image.tar')).toContain('found one that expired on 2026-01-02');
  keep('success', '2099-01-01T00:00:00Z');
  const { intercept } = stage;
  const zip = zipSync({ 'image.tar': new Uint8Array(1024) });
  stage.intercept = (request, send) =>
    request.url.endsWith('/actions/artifacts/1/zip') ? new Response(Buffer.from(zip)) : intercept?.(request, send);
  expect(await push('image.tar')).toContain('expected manifest.json in the archive, found no such file');
  expect(await push('other.tar')).toBe(`expected other.tar in the artifact "image" of run ${run.id}, found image.tar`);
  stage.intercept = intercept;
  keep('failure', '2099-01-01T00:00:00Z');
  expect(await ask()).toMatch(/of a run that succeeded on [0-9a-f]{12}, found none \(.* failure\)/);
});
