import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bumpCommand } from '../../src/cli/ci/bump.ts';
import { policyCommand } from '../../src/cli/ci/policy.ts';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { holdCommand } from '../../src/cli/hold.ts';
import { promoteCommand } from '../../src/cli/promote.ts';
import { resumeCommand } from '../../src/cli/resume.ts';
import { rollbackCommand } from '../../src/cli/rollback.ts';
import { statusCommand } from '../../src/cli/status.ts';
import { digests, openStage, type Stage } from './stage.ts';

const [one, two, three] = digests;
let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

interface Pull {
  readonly number: number;
  readonly state: string;
  readonly title: string;
  readonly body: string;
  readonly merged_at: string | null;
  readonly auto_merge: unknown;
  readonly head: { readonly ref: string; readonly sha: string };
}
const pulls = (state = 'open'): Promise<Pull[]> =>
  stage.api('GET', `/repos/acme/infra/pulls?state=${state}&per_page=100`);
const judge = (): ReturnType<Stage['run']> => stage.run(policyCommand, ['--all']);
const bump = (digest: string, ...more: string[]): ReturnType<Stage['run']> =>
  stage.run(bumpCommand, ['--service', 'api', '--digest', digest, '--image', 'ghcr.io/acme/api', ...more]);

describe('a bump', () => {
  test('is two writes and one read, and a rerun adopts what is there', async () => {
    await stage.publish('api', one);
    stage.forge.requests.reset();
    const first = await bump(one);
    expect(first.error).toBeUndefined();
    const counted = stage.forge.requests.list().filter((entry) => entry.who === 'trunkline-delivery[bot]');
    // Who asks is the third, on a laptop only: a run says its actor.
    expect(counted.filter((entry) => entry.mutating).reduce((sum, entry) => sum + entry.count, 0)).toBe(2);
    expect(counted.filter((entry) => !entry.mutating).reduce((sum, entry) => sum + entry.count, 0)).toBe(2);
    const [pull] = await pulls();
    expect(pull?.title).toBe('Bump api to aaaaaaaaaaaa in dev');
    expect(pull?.body.split('\n')[0]).toBe('api: none → aaaaaaaaaaaa in dev, asked for by trunkline-delivery[bot]');
    expect(pull?.auto_merge).not.toBeNull();

    const again = await bump(one);
    expect(again.out).toContain('is open already');
    expect(await pulls()).toHaveLength(1);

    await judge();
    await stage.until(async () => (await pulls()).length === 0);
    expect(await stage.pin('dev')).toBe(`ghcr.io/acme/api@${one}`);
    expect((await bump(one)).out).toContain('pinned already');
  });

  test('supersedes an older one, and closes it with a link', async () => {
    await bump(one);
    await bump(two);
    const all = await pulls('all');
    expect(all.map((pull) => [pull.number, pull.state])).toEqual([
      [2, 'open'],
      [1, 'closed'],
    ]);
    const comments = await stage.api<{ body: string }[]>('GET', '/repos/acme/infra/issues/1/comments');
    expect(comments.map((comment) => comment.body)).toEqual(['Superseded: api in dev goes to bbbbbbbbbbbb. By #2.']);
  });

  test('writes nothing of what is no digest, nor on a dry run', async () => {
    stage.forge.requests.reset();
    for (const text of ['sha256:zz', one.toUpperCase(), `${one}\n${one}`, `ghcr.io/acme/api@${one}`, ''])
      expect((await bump(text)).error?.code, text).toBe('DIGEST_INVALID');
    expect(stage.forge.requests.total({ who: 'trunkline-delivery[bot]' })).toBe(0);
    const outcome = await bump(one, '--dry-run');
    expect(outcome.out).toContain('open a pull request from trunkline/bump/dev/api-aaaaaaaaaaaa');
    expect(stage.forge.requests.total({ who: 'trunkline-delivery[bot]', mutating: true })).toBe(0);
    expect(await pulls()).toHaveLength(0);
  });

  test('waits as GitHub says and tries again', async () => {
    const answers = [502, 429];
    stage.intercept = (request) => {
      const status = request.url.endsWith('/graphql') ? answers.shift() : undefined;
      return status === undefined
        ? undefined
        : new Response('{"message":"later"}', {
            status,
            headers: { 'retry-after': '1', 'content-type': 'application/json' },
          });
    };
    expect((await bump(one)).error).toBeUndefined();
    expect(answers).toEqual([]);
    expect(await pulls()).toHaveLength(1);
  });

  test('puts a leftover branch right', async () => {
    const { commit } = await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/infra/branches/main');
    await stage.api('POST', '/repos/acme/infra/git/refs', {
      ref: 'refs/heads/trunkline/bump/dev/api-aaaaaaaaaaaa',
      sha: commit.sha,
    });
    await stage.api('PUT', '/repos/acme/infra/contents/stale.txt', {
      message: 'stale',
      content: '',
      branch: 'trunkline/bump/dev/api-aaaaaaaaaaaa',
    });
    expect((await bump(one)).error).toBeUndefined();
    const [pull, ...others] = await pulls();
    expect(others).toEqual([]);
    const files = await stage.api<{ filename: string }[]>('GET', `/repos/acme/infra/pulls/${pull?.number ?? 0}/files`);
    expect(files.map((file) => file.filename)).toEqual(['envs/dev.json']);
  });
});

describe('receive', () => {
  test('delivers the newest of each service, acknowledges every record, and nothing twice', async () => {
    const records = [
      await stage.publish('api', one),
      await stage.publish('api', two),
      await stage.publish('web', three),
    ];
    const hotfix = await stage.publish('api', digests[3], 'refs/heads/hotfixes/x');
    const outcome = await stage.run(receiveCommand, []);
    expect(outcome.error).toBeUndefined();
    expect((await pulls()).map((pull) => pull.head.ref).sort()).toEqual([
      'trunkline/bump/dev/api-bbbbbbbbbbbb',
      'trunkline/bump/dev/web-cccccccccccc',
    ]);
    const states = await Promise.all(
      [...records, hotfix].map(
        async ({ record }) =>
          (
            await stage.api<{ state: string; description: string }[]>(
              'GET',
              `/repos/acme/app/deployments/${record}/statuses`,
            )
          )[0],
      ),
    );
    expect(states.map((status) => `${status?.state}: ${status?.description}`)).toEqual([
      expect.stringMatching(/^inactive: superseded by bbbbbbbbbbbb/),
      'success: proposed by pull request',
      'success: proposed by pull request',
      'success: hotfix: bring it with trunkline hotfix ship',
    ]);
    expect((await stage.run(receiveCommand, [])).out).toContain('nothing is waiting');
    await judge();
    await stage.until(async () => (await pulls()).length === 0);
    expect([await stage.pin('dev'), await stage.pin('dev', 'web')]).toEqual([
      `ghcr.io/acme/api@${two}`,
      `ghcr.io/acme/web@${three}`,
    ]);
  });

  test('waits behind a hold, and delivers when it is lifted', async () => {
    await stage.run(holdCommand, ['api', '--environment', 'dev', '--reason', 'look: "closely"']);
    await judge();
    await stage.until(async () => (await pulls()).length === 0);
    await stage.publish('api', one);
    expect((await stage.run(receiveCommand, [])).out).toMatch(/held by .*look: "closely"/);
    expect(await pulls()).toHaveLength(0);
    const env = { GITHUB_SERVER_URL: await stage.server() };
    expect((await stage.run(statusCommand, [], env)).out).toContain('look: "closely"');
    await stage.run(resumeCommand, ['api', '--environment', 'dev']);
    await judge();
    await stage.until(async () => (await pulls()).length === 0);
    expect((await stage.run(receiveCommand, [])).error).toBeUndefined();
    expect(await pulls()).toHaveLength(1);
  });
});

describe('the way to prod', () => {
  async function deliver(digest: string): Promise<void> {
    await stage.publish('api', digest);
    await stage.run(receiveCommand, []);
    await judge();
    await stage.until(async () => (await stage.pin('dev')).includes(digest));
  }
  const verdict = async (number: number): Promise<string> => {
    const outcome = await stage.run(policyCommand, ['--pull', String(number)]);
    return outcome.out;
  };

  test('cannot skip, by command or by hand', async () => {
    await deliver(one);
    const skipped = await stage.run(promoteCommand, ['api', '--to', 'prod']);
    expect(skipped.error?.code).toBe('POLICY_REFUSED');
    expect(skipped.error?.message).toBe(
      'expected api in staging by digest before it goes to prod, found no release there',
    );
    expect(await pulls()).toHaveLength(0);

    const { sha, content } = await stage.api<{ sha: string; content: string }>(
      'GET',
      '/repos/acme/infra/contents/envs/prod.json',
    );
    const main = await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/infra/branches/main');
    await stage.api('POST', '/repos/acme/infra/git/refs', { ref: 'refs/heads/by-hand', sha: main.commit.sha });
    const text = Buffer.from(content, 'base64').toString().replace('"image": ""', `"image": "ghcr.io/acme/api@${one}"`);
    await stage.api(
      'PUT',
      '/repos/acme/infra/contents/envs/prod.json',
      { message: 'skip', content: Buffer.from(text).toString('base64'), sha, branch: 'by-hand' },
      stage.forge.tokens.alice,
    );
    const { number } = await stage.api<{ number: number }>(
      'POST',
      '/repos/acme/infra/pulls',
      { title: 'skip', head: 'by-hand', base: 'main' },
      stage.forge.tokens.alice,
    );
    for (const token of [stage.forge.tokens.bob, stage.forge.tokens.carol])
      await stage.api('POST', `/repos/acme/infra/pulls/${number}/reviews`, { event: 'APPROVE' }, token);
    expect(await verdict(number)).toContain('no  order of api in prod: aaaaaaaaaaaa was never in staging');
    const merged = await stage.forge.call(stage.forge.tokens.bob, 'PUT', `/repos/acme/infra/pulls/${number}/merge`, {});
    expect(merged.status).toBe(405);
  });

  test('names no run, and therefore nobody who asked: refused where people approve', async () => {
    await deliver(one);
    await stage.run(promoteCommand, ['api', '--to', 'staging']);
    const [pull] = await pulls();
    expect(pull?.auto_merge).toBeNull();
    expect(await verdict(pull?.number ?? 0)).toContain('no  requester: the body names no run of this repository');
  });

  test('rolls back to the last healthy release with a hold', async () => {
    await deliver(one);
    const main = await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/infra/branches/main');
    const { id } = await stage.api<{ id: number }>('POST', '/repos/acme/infra/deployments', {
      ref: main.commit.sha,
      environment: 'dev',
      task: 'deploy:api',
      auto_merge: false,
      required_contexts: [],
      payload: { service: 'api', digest: one },
    });
    await stage.api('POST', `/repos/acme/infra/deployments/${id}/statuses`, { state: 'success' });
    await deliver(two);
    const never = await stage.run(rollbackCommand, ['api', '--environment', 'dev', '--reason', 'bad', '--to', three]);
    expect(never.error?.code).toBe('POLICY_REFUSED');
    stage.forge.requests.reset();
    const outcome = await stage.run(rollbackCommand, ['api', '--environment', 'dev', '--reason', 'bad', '--hold']);
    expect(outcome.error).toBeUndefined();
    expect(stage.forge.requests.total({ who: 'trunkline-delivery[bot]', mutating: true })).toBe(2);
    await judge();
    await stage.until(async () => (await stage.pin('dev')).includes(one));
    await stage.publish('api', three);
    expect((await stage.run(receiveCommand, [])).out).toContain('waits: held by');
  });
});
