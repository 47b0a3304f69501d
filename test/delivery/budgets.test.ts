import { afterAll, beforeAll, expect, test } from 'vitest';
import { bumpCommand } from '../../src/cli/ci/bump.ts';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { sweepCommand } from '../../src/cli/ci/sweep.ts';
import { createClient } from '../../src/github/client.ts';
import { readDeployments } from '../../src/state/deployments.ts';
import { reachBack } from '../../src/state/older-deployments.ts';
import { crowd } from './crowd.ts';
import { newDigest } from './faults.ts';
import { openStage, type Stage } from './stage.ts';

const services = Array.from({ length: 20 }, (_, index) => `s${index + 1}`);
const environments = ['dev-a', 'dev-b', 'dev-c'];
const config = `kind: Environments
accept:
  acme/app: { services: { ${services.map((name) => `${name}: api-team`).join(', ')} } }
manifests: { json: "envs/{environment}/{service}.json", path: image }
groups: { dev: {} }
environments:
${environments.map((name) => `  ${name}: { track: main, merge: auto, group: dev }`).join('\n')}
`;
/** A scheduled or rung run, which says its actor itself. */
const run = {
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'acme/infra',
  GITHUB_ACTOR: 'github-actions[bot]',
  GITHUB_EVENT_NAME: 'schedule',
  GITHUB_RUN_ID: '1',
};
const who = 'trunkline-delivery[bot]';

let stage: Stage;
beforeAll(async () => {
  const manifests = Object.fromEntries(
    environments.flatMap((name) =>
      services.map((service) => [`envs/${name}/${service}.json`, '{"image":""}'] as const),
    ),
  );
  stage = await openStage({ config, manifests });
});
afterAll(() => stage.close());

interface Pull {
  readonly title: string;
  readonly head: { readonly ref: string; readonly sha: string };
}
const open = (): Promise<Pull[]> => stage.api('GET', '/repos/acme/infra/pulls?per_page=100');
/** As if the policy had judged every open pull request. */
async function settle(): Promise<void> {
  for (const { head } of await open())
    await stage.api('POST', `/repos/acme/infra/statuses/${head.sha}`, {
      state: 'pending',
      context: 'trunkline / policy',
      description: 'waits · judged again 2999-01-01T00:00Z',
    });
}

test('one drain of a hundred releases over three environments takes at most thirty requests', async () => {
  const newest = new Map<string, string>();
  for (let round = 0; round < 5; round++) {
    const { commit } = await stage.publish('s1', newDigest());
    for (const service of services.slice(round === 4 ? 0 : 1)) {
      const digest = newDigest();
      newest.set(service, digest);
      await stage.api('POST', '/repos/acme/app/deployments', {
        ref: commit,
        environment: 'published',
        task: 'publish',
        auto_merge: false,
        required_contexts: [],
        payload: { schema: 1, service, digest, image: `ghcr.io/acme/${service}`, ref: 'refs/heads/main' },
      });
    }
  }
  stage.forge.requests.reset();
  const outcome = await stage.run(receiveCommand, [], run);
  expect(outcome.error).toBeUndefined();
  expect(stage.forge.requests.total({ who })).toBeLessThanOrEqual(30);
  const branches = (await open()).map((pull) => pull.head.ref);
  expect(branches.sort()).toEqual(
    environments
      .flatMap((name) =>
        [...newest].map(([service, digest]) => `trunkline/bump/${name}/${service}-${digest.slice(7, 19)}`),
      )
      .sort(),
  );
  expect((await stage.run(receiveCommand, [], run)).out).toContain('nothing is waiting');
});

test('an idle hour with sixty open pull requests takes four requests, a sweep each quarter', async () => {
  expect(await open()).toHaveLength(60);
  await settle();
  stage.forge.requests.reset();
  for (let quarter = 0; quarter < 4; quarter++) expect((await stage.run(sweepCommand, [], run)).error).toBeUndefined();
  expect(stage.forge.requests.total({ who })).toBe(4);
});

test('a sweep judges again what is due, and what nobody ever judged', async () => {
  const [first, second] = await open();
  await stage.api('POST', `/repos/acme/infra/statuses/${first?.head.sha}`, {
    state: 'pending',
    context: 'trunkline / policy',
    description: 'waits · judged again 2020-01-01T00:00Z',
  });
  const outcome = await stage.run(sweepCommand, [], run);
  expect(outcome.error).toBeUndefined();
  expect(outcome.out.match(/is judged again: may merge/g)).toHaveLength(1);
  expect(second?.title).toContain('Bump');
});

test('a bump that says where it comes from is three requests, two of them writes', async () => {
  const digest = newDigest();
  const { commit } = await stage.publish('s2', digest);
  stage.forge.requests.reset();
  const words = ['--service', 's2', '--digest', digest, '--image', 'ghcr.io/acme/s2', '--source', `acme/app@${commit}`];
  const outcome = await stage.run(bumpCommand, words, run);
  expect(outcome.error).toBeUndefined();
  // One more closes the pull requests that it takes the place of.
  expect(stage.forge.requests.total({ who })).toBeLessThanOrEqual(4);
  expect(stage.forge.requests.total({ who, mutating: false })).toBe(1);
  expect((await open()).filter((one) => one.title.startsWith('Bump s2 '))).toHaveLength(3);
});

test('an older release that comes late neither moves anything nor closes what is newer', async () => {
  const base = await stage.publish('s3', newDigest());
  const { commit: newer } = await stage.publish('s3', newDigest());
  await stage.run(receiveCommand, [], run);
  const before = (await open()).filter((one) => one.title.startsWith('Bump s3 ')).map((one) => one.head.ref);
  const late = newDigest();
  await stage.api('POST', '/repos/acme/app/deployments', {
    ref: base.commit,
    environment: 'published',
    task: 'publish',
    auto_merge: false,
    required_contexts: [],
    payload: { schema: 1, service: 's3', digest: late, image: 'ghcr.io/acme/s3', ref: 'refs/heads/main' },
  });
  const outcome = await stage.run(receiveCommand, [], run);
  expect(outcome.out).toMatch(/#\d+ brings a release that descends from/);
  expect((await open()).filter((one) => one.title.startsWith('Bump s3 ')).map((one) => one.head.ref)).toEqual(before);
  expect(newer).not.toBe(base.commit);
});

test('a pull request that conflicts is put on the moved base in five requests', async () => {
  const [pull] = (await open()).filter((one) => one.title.startsWith('Bump s4 ') && one.title.endsWith('dev-a'));
  const file = await stage.api<{ sha: string }>('GET', '/repos/acme/infra/contents/envs/dev-a/s4.json');
  const rulesets = await stage.api<{ id: number }[]>('GET', '/repos/acme/infra/rulesets');
  // Carol goes around the policy; for everybody else it stays.
  await stage.api('PUT', `/repos/acme/infra/rulesets/${rulesets[0]?.id}`, {
    bypass_actors: [{ actor_id: null, actor_type: 'OrganizationAdmin', bypass_mode: 'always' }],
  });
  await stage.api('PUT', '/repos/acme/infra/contents/envs/dev-a/s4.json', {
    message: 'move',
    content: Buffer.from('{"image":"","more":1}').toString('base64'),
    sha: file.sha,
  });
  await settle();
  stage.forge.requests.reset();
  const outcome = await stage.run(sweepCommand, [], run);
  expect(outcome.error).toBeUndefined();
  expect(outcome.out).toContain('conflicts with main and is put on top of it');
  expect(stage.forge.requests.total({ who })).toBeLessThanOrEqual(5);
  const after = (await open()).find((one) => one.head.ref === pull?.head.ref);
  expect(after?.head.sha).not.toBe(pull?.head.sha);
});

test('of services that were deployed long ago, pages are read where they are many, their own records where few', async () => {
  const main = await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/infra/branches/main');
  await stage.api('POST', '/repos/acme/infra/deployments', {
    ref: main.commit.sha,
    environment: 'dev-a',
    task: 'deploy:s1',
    auto_merge: false,
    required_contexts: [],
    payload: { service: 's1', digest: newDigest() },
  });
  for (const service of services.slice(1, 8)) crowd(stage, 'dev-a', service, newDigest(), 1);
  crowd(stage, 'dev-a', 'other', newDigest(), 195);
  const github = createClient({
    apiUrl: 'https://api.github.com',
    credentials: { kind: 'token', token: stage.forge.tokens.carol },
    ports: {
      fetch: async (input, init) => stage.forge.app.request(new Request(input, init)),
      clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
      interrupted: new AbortController().signal,
    },
    repository: 'acme/infra',
    readOnly: true,
  });
  const asked = (): number => stage.forge.requests.total({ who: 'carol' });
  const wanted = services.slice(0, 8).map((service) => ({ service, environment: 'dev-a' }));
  const known = await readDeployments(github, 'acme/infra', ['dev-a']);
  expect(known.deployments.filter((one) => one.service !== 'other')).toHaveLength(0);
  const named = ({ deployments }: typeof known): readonly string[] =>
    deployments
      .map((one) => one.service)
      .filter((name) => name !== 'other')
      .sort();
  stage.forge.requests.reset();
  expect(named(await reachBack(github, known, wanted))).toEqual(services.slice(0, 8));
  // The next page has five of them; the other three are asked for by themselves, their reports too.
  expect(asked()).toBe(1 + 3 * 2);
  stage.forge.requests.reset();
  expect(named(await reachBack(github, known, wanted.slice(0, 2)))).toEqual(['s1', 's2']);
  expect(asked()).toBe(2 * 2);
  expect(named(await reachBack(github, known, [{ service: 's20', environment: 'dev-a' }]))).toEqual([]);
});
