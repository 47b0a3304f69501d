import { afterAll, beforeAll, expect, test } from 'vitest';
import { bumpCommand } from '../../src/cli/ci/bump.ts';
import { policyCommand } from '../../src/cli/ci/policy.ts';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import type { Image, SigningWorld } from '../../src/lab/sigstore/testing/signing-world.ts';
import { refuseUnsigned, verifyReleases } from '../../src/state/verify-releases.ts';
import type { Lock, PreviousPin } from '../../src/workflow/generate/lock.ts';
import { must, openSigningStage, signer } from './signing-stage.ts';
import type { Outcome, Stage } from './stage.ts';

let stage: Stage;
let world: SigningWorld;
let env: Readonly<Record<string, string>>;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ stage, world, env, close } = await openSigningStage());
});
afterAll(() => close());

const receive = (): Promise<Outcome> => stage.run(receiveCommand, [], env);
const pulls = (): Promise<{ number: number; title: string }[]> => stage.api('GET', '/repos/acme/infra/pulls?state=all');
async function sign(image: Image, commit: string, claims: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await world.attach(image, await world.signed(world.statement(image.digest), { sha: commit, ...claims }));
}

test('what is not signed gets no pull request and supersedes nothing, until it is', async () => {
  const [first, second] = [(await world.pushImage(false)).image, (await world.pushImage(false)).image];
  const good = await stage.publish('api', first.digest);
  await sign(first, good.commit);
  const later = await stage.publish('api', second.digest);
  const outcome = await receive();
  expect(outcome.error).toBeUndefined();
  expect(outcome.out).toContain(`api: ${second.digest.slice(7, 19)} is refused: nothing of this type hangs on it`);
  expect((await pulls()).map((one) => one.title)).toEqual([`Bump api to ${first.digest.slice(7, 19)} in dev`]);

  await sign(second, later.commit, { job_workflow_ref: 'acme/app/.github/workflows/nightly.yml@refs/heads/main' });
  expect((await receive()).out).toMatch(
    /is refused: expected it signed by .*publish\.yml@refs\/heads\/main, found .*nightly\.yml/,
  );
  await sign(second, 'd'.repeat(40));
  expect((await receive()).out).toMatch(
    new RegExp(`is refused: .*expected the source commit ${later.commit}, found d{40}`),
  );
  expect(await pulls()).toHaveLength(1);

  await sign(second, later.commit);
  expect((await receive()).out).not.toContain('refused');
  expect((await pulls()).map((one) => one.title)).toContain(`Bump api to ${second.digest.slice(7, 19)} in dev`);
});

test('a pin that somebody sets by hand is judged by its signature too', async () => {
  const { image } = await world.pushImage(false, 'web');
  const { commit } = await stage.publish('web', image.digest);
  const { object } = await stage.api<{ object: { sha: string } }>('GET', '/repos/acme/infra/git/ref/heads/main');
  await stage.api('POST', '/repos/acme/infra/git/refs', { ref: 'refs/heads/by-hand', sha: object.sha });
  const file = await stage.api<{ content: string; sha: string }>('GET', '/repos/acme/infra/contents/envs/dev.json');
  const text = Buffer.from(file.content, 'base64')
    .toString()
    .replace('"web": { "image": ""', `"web": { "image": "ghcr.io/acme/web@${image.digest}"`);
  await stage.api('PUT', '/repos/acme/infra/contents/envs/dev.json', {
    branch: 'by-hand',
    message: 'web',
    content: Buffer.from(text).toString('base64'),
    sha: file.sha,
  });
  const { number } = await stage.api<{ number: number }>('POST', '/repos/acme/infra/pulls', {
    head: 'by-hand',
    base: 'main',
    title: 'web',
  });
  const judged = async (): Promise<string> =>
    (await stage.run(policyCommand, ['--pull', String(number), '--dry-run'], env)).out;
  expect(await judged()).toMatch(/no {2}signature of web in dev: nothing of this type hangs on it/);
  await sign(image, commit);
  expect(await judged()).toMatch(
    /ok {2}signature of web in dev: signed by https:\/\/github\.com\/acme\/app\/.*publish\.yml@refs\/heads\/main/,
  );
});

test('a bump that asks the registry is refused where the image is not there', async () => {
  const { image } = await world.pushImage(false);
  const name = `ghcr.io/${image.repository}`;
  const bump = (digest: string, ...more: string[]): Promise<Outcome> =>
    stage.run(bumpCommand, ['--service', 'api', '--digest', digest, '--in-registry', '--dry-run', ...more], env);
  const unnamed = await bump(image.digest);
  expect(unnamed.error?.message).toBe('expected --image beside --in-registry, found no name of api pinned');
  const found = await bump(image.digest, '--image', name);
  expect(found.error).toBeUndefined();
  expect(found.out).toContain(`Bump api to ${image.digest.slice(7, 19)} in dev`);
  const absent = `sha256:${'e'.repeat(64)}`;
  expect((await bump(absent, '--image', name)).error?.code).toBe('DIGEST_NOT_FOUND');
});

test('without authorities to trust, and with a registry that is down, nothing is taken for signed', async () => {
  const { image } = await world.pushImage(false);
  const { commit } = await stage.publish('api', image.digest);
  await sign(image, commit);
  const { TRUNKLINE_TRUSTED_ROOT: _, ...without } = env;
  expect((await stage.run(receiveCommand, [], without)).out).toMatch(
    /is refused: expected the authorities to trust in \.trunkline\/trusted_root\.jsonl, found no such file/,
  );
  const { intercept } = stage;
  stage.intercept = (request) => {
    if (new URL(request.url).host === 'ghcr.io') throw new TypeError('connect ECONNREFUSED');
    return undefined;
  };
  expect((await receive()).out).toMatch(/is refused: the registry ghcr\.io cannot be reached/);
  stage.intercept = intercept;
  expect((await receive()).out).not.toContain('refused');
});

test('a deploy refuses what is not signed at a ref that leads somewhere, and takes main and hotfix branches', async () => {
  const verification = { registry: world.registry, trusted: world.trusted, lock: { actions: {} } };
  const { environments } = parseConfig('trunkline.yaml', must);
  if (environments === undefined) throw new Error('no environments');
  const refused = async (claims?: Readonly<Record<string, unknown>>): Promise<string | undefined> => {
    const { image } = await world.pushImage(false);
    if (claims !== undefined) await sign(image, 'c'.repeat(40), claims);
    const pin = { service: 'api', digest: image.digest, image: `${world.host}/acme/api` };
    return (await refuseUnsigned(verification, environments, [pin]))[0]?.reason;
  };
  const at = (ref: string) => ({ ref, job_workflow_ref: `acme/app/${signer}@${ref}` });
  expect(await refused({})).toBeUndefined();
  expect(await refused(at('refs/heads/hotfixes/login'))).toBeUndefined();
  expect(await refused()).toBe('nothing of this type hangs on it');
  expect(await refused(at('refs/heads/feature'))).toBe(
    'expected a ref that leads to an environment, found refs/heads/feature',
  );
  expect(await refused({ ref: 'refs/heads/feature' })).toMatch(
    /^expected it signed by .*publish\.yml@…, found .*publish\.yml@refs\/heads\/main$/,
  );
  expect(await refused({ ...at('refs/heads/main'), repository: 'acme/other' })).toMatch(
    /^expected the source repository/,
  );
});

test('a shared workflow counts in the versions of the lock: the one called now, those before, and of ended ones what they signed in time', async () => {
  const shared = 'acme/platform/.github/workflows/publish.yml';
  const { environments } = parseConfig('trunkline.yaml', must.replace(signer, shared));
  if (environments === undefined) throw new Error('no environments');
  const [now, before, ended, older] = [1, 2, 3, 4].map((digit) => String(digit).repeat(40)) as [
    string,
    string,
    string,
    string,
  ];
  const pinned = (previous: PreviousPin[]): Pick<Lock, 'actions'> => ({
    actions: { 'acme/platform': { version: 'v2', sha: now, resolved: '2026-01-01', previous } },
  });
  const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const lock = pinned([
    { version: 'v1', sha: before },
    { version: 'v0', sha: ended, until: day(-2) },
    { version: 'v00', sha: older, until: day(2) },
  ]);
  const refused = async (sha: string, ref = 'refs/heads/main', by: Pick<Lock, 'actions'> = lock) => {
    const { image } = await world.pushImage(false);
    await sign(image, 'c'.repeat(40), { ref, job_workflow_ref: `${shared}@${sha}` });
    const pin = { service: 'api', digest: image.digest, image: `${world.host}/acme/api` };
    const verification = { registry: world.registry, trusted: world.trusted, lock: by };
    return (await refuseUnsigned(verification, environments, [pin]))[0]?.reason;
  };
  expect(await refused(now)).toBeUndefined();
  expect(await refused(before)).toBeUndefined();
  expect(await refused(older)).toBeUndefined();
  expect(await refused(ended)).toMatch(
    /^expected it signed by the version that is called now, found .*3{40}, which may sign/,
  );
  expect(await refused('5'.repeat(40))).toMatch(
    /^expected it signed by .*1{40} or .*, found .*5{40} \(versions that count stand in trunkline\.lock: trunkline pin --update acme\/platform\)$/,
  );
  expect(await refused(now, 'refs/heads/feature')).toBe(
    'expected a ref that leads to an environment, found refs/heads/feature',
  );
  expect(await refused(now, 'refs/heads/main', { actions: {} })).toBe(
    'expected versions of acme/platform in trunkline.lock, found none',
  );
});

test('which machine signed counts where it is said, and a signature of before cosign 3 where it is let', async () => {
  const verification = { registry: world.registry, trusted: world.trusted, lock: { actions: {} } };
  const refused = async (image: Image, accept: string): Promise<string | undefined> => {
    const { environments } = parseConfig('trunkline.yaml', must.replace('verify: [provenance]', accept));
    const pin = { service: 'api', digest: image.digest, image: `${world.host}/acme/api` };
    return environments && (await refuseUnsigned(verification, environments, [pin]))[0]?.reason;
  };
  const own = (await world.pushImage(false)).image;
  await sign(own, 'c'.repeat(40), { runner_environment: 'self-hosted' });
  expect(await refused(own, 'verify: [provenance]')).toBeUndefined();
  expect(await refused(own, 'verify: [provenance], runner: self-hosted')).toBeUndefined();
  expect(await refused(own, 'verify: [provenance], runner: github-hosted')).toBe(
    'expected the runner github-hosted, found self-hosted',
  );
  const older = (await world.pushImage(false)).image;
  await world.attachClassic(older, await world.signedClassic(older.digest));
  expect(await refused(older, 'verify: [signature]')).toBe('nothing of this type hangs on it');
  expect(await refused(older, 'verify: [signature], classic: true')).toBeUndefined();
  // The older form says nothing but who signed.
  expect(await refused(older, 'verify: [signature, provenance], classic: true')).toBe(
    'nothing of this type hangs on it',
  );
});

test('a tag ships what was signed at its own commit, on a branch that releases come from', async () => {
  const verification = { registry: world.registry, trusted: world.trusted, lock: { actions: {} } };
  const { environments } = parseConfig('trunkline.yaml', must);
  if (environments === undefined) throw new Error('no environments');
  const commit = 'c'.repeat(40);
  const tagged = async (at: string, signed = commit): Promise<string> => {
    const { image } = await world.pushImage(false);
    await sign(image, signed, { ref: at, job_workflow_ref: `acme/app/${signer}@${at}` });
    const release = {
      service: 'api',
      digest: image.digest,
      image: `${world.host}/acme/api`,
      repository: 'acme/app',
      ref: 'refs/tags/v1.0.0',
      source: { repository: 'acme/app', commit },
    };
    const [verdict] = (await verifyReleases(verification, environments, [release])).values();
    return verdict?.ok === true ? 'ok' : (verdict?.reason ?? 'not looked at');
  };
  expect(await tagged('refs/heads/main')).toBe('ok');
  expect(await tagged('refs/heads/feature')).toContain('expected a ref that leads to an environment');
  expect(await tagged('refs/heads/main', 'd'.repeat(40))).toContain(`expected the source commit ${commit}`);
});
