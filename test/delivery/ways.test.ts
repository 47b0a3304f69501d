import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bumpCommand } from '../../src/cli/ci/bump.ts';
import { dispatchCommand } from '../../src/cli/ci/dispatch.ts';
import { policyCommand } from '../../src/cli/ci/policy.ts';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { hotfixCommand } from '../../src/cli/hotfix.ts';
import { promoteCommand } from '../../src/cli/promote.ts';
import { statusCommand } from '../../src/cli/status.ts';
import { newDigest } from './faults.ts';
import { config, openStage, type Stage } from './stage.ts';

interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly merged_at: string | null;
  readonly head: { readonly ref: string; readonly sha: string };
}

const workflow = 'on: workflow_dispatch\njobs: { one: { runs-on: ubuntu-latest, steps: [{ run: "true" }] } }\n';
/** One stage for all: each test brings releases of its own. */
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await unruled(async () => {
    for (const path of ['button.yml', 'receive.yml'])
      await stage.api('PUT', `/repos/acme/infra/contents/.github/workflows/${path}`, {
        message: path,
        content: Buffer.from(workflow).toString('base64'),
      });
  });
});
afterAll(() => stage.close());

/** Does it while nothing is required of main. */
async function unruled<T>(act: () => Promise<T>): Promise<T> {
  const rulesets = await stage.api<{ id: number }[]>('GET', '/repos/acme/infra/rulesets');
  const enforce = async (enforcement: string): Promise<void> => {
    for (const { id } of rulesets) await stage.api('PUT', `/repos/acme/infra/rulesets/${id}`, { enforcement });
  };
  await enforce('disabled');
  try {
    return await act();
  } finally {
    await enforce('active');
  }
}
const open = (): Promise<Pull[]> => stage.api('GET', '/repos/acme/infra/pulls?per_page=100');
const judge = async (number: number): Promise<string> =>
  (await stage.run(policyCommand, ['--pull', String(number)])).out;
const appTip = async (): Promise<string> =>
  (await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/app/branches/main')).commit.sha;

async function deliver(service = 'api'): Promise<{ digest: string; commit: string }> {
  const digest = newDigest();
  const { commit } = await stage.publish(service, digest);
  await stage.run(receiveCommand, []);
  const [pull] = await open();
  await judge(pull?.number ?? 0);
  await stage.until(async () => (await stage.pin('dev', service)).includes(digest));
  return { digest, commit };
}

/** A run of the button that a person pressed, as its environment. */
async function pressedBy(login: 'alice' | 'bob' | 'carol'): Promise<Record<string, string>> {
  await stage.api(
    'POST',
    '/repos/acme/infra/actions/workflows/button.yml/dispatches',
    { ref: 'main' },
    stage.forge.tokens[login],
  );
  // No runner is there to open it.
  const { store } = stage.forge.forge;
  const row = [...store.outbox.values()].findLast(
    ({ command }) => command.kind === 'event' && command.event.name === 'workflow_dispatch',
  );
  const run = { path: '.github/workflows/button.yml', workflowName: 'Button', title: 'Button' };
  const [opened] = await stage.forge.runs.openRuns(row?.id ?? 0, [run]);
  const id = opened?.id ?? 0;
  return {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'acme/infra',
    GITHUB_ACTOR: login,
    GITHUB_EVENT_NAME: 'workflow_dispatch',
    GITHUB_RUN_ID: String(id),
  };
}
const approve = (number: number, login: 'alice' | 'bob' | 'carol'): Promise<unknown> =>
  stage.api('POST', `/repos/acme/infra/pulls/${number}/reviews`, { event: 'APPROVE' }, stage.forge.tokens[login]);

test('a promotion waits for an owner who did not ask for it', async () => {
  const { digest } = await deliver();
  const asked = await stage.run(promoteCommand, ['api', '--to', 'staging'], await pressedBy('alice'));
  expect(asked.error).toBeUndefined();
  const pull = (await open()).find((one) => one.title.startsWith('Promote api'));
  const number = pull?.number ?? 0;
  expect(pull?.body).toContain('Requested-By: alice');
  await approve(number, 'alice');
  expect(await judge(number)).toContain('does not count: @alice asked for it or wrote it');
  await approve(number, 'carol');
  expect(await judge(number)).toContain('@carol is not in the team');
  await approve(number, 'bob');
  expect(await judge(number)).toContain('may merge');
  stage.forge.requests.reset();
  expect(await judge(number)).toContain('may merge');
  expect(stage.forge.requests.total({ mutating: true, route: '/repos/:owner/:repo/statuses/:sha' })).toBe(0);
  expect(stage.forge.requests.total()).toBeLessThanOrEqual(6);
  await stage.api('PUT', `/repos/acme/infra/pulls/${number}/merge`, { merge_method: 'squash' });
  expect(await stage.pin('staging')).toContain(digest);
});

test('a promotion that conflicts is put on top of the branch again', async () => {
  await deliver();
  const env = await pressedBy('carol');
  await stage.run(promoteCommand, ['api', '--to', 'staging'], env);
  const before = (await open()).find((one) => one.title.startsWith('Promote api'));
  // Somebody rewrites the line that the pull request changes, around the policy that they administer.
  const file = await stage.api<{ sha: string; content: string }>('GET', '/repos/acme/infra/contents/envs/staging.json');
  const text = Buffer.from(file.content, 'base64').toString().replace('"url": "x"', '"url": "z"');
  const content = Buffer.from(text).toString('base64');
  await unruled(() =>
    stage.api('PUT', '/repos/acme/infra/contents/envs/staging.json', { message: 'move', content, sha: file.sha }),
  );
  const again = await stage.run(promoteCommand, ['api', '--to', 'staging'], env);
  expect(again.error).toBeUndefined();
  expect(again.out).toContain(`#${before?.number} conflicts with main and is put on top of it`);
  const after = (await open()).find((one) => one.number === before?.number);
  expect(after?.head.sha).not.toBe(before?.head.sha);
  const files = await stage.api<{ patch: string }[]>('GET', `/repos/acme/infra/pulls/${before?.number}/files`);
  expect(files.map((one) => one.patch).join('')).toContain('"url": "z"');
  await stage.api('PATCH', `/repos/acme/infra/pulls/${before?.number}`, { state: 'closed' });
});

test('a base that moves between reading and writing is read again', async () => {
  const digest = newDigest();
  let moved = 0;
  stage.intercept = async (request, send) => {
    const body = request.url.endsWith('/graphql') ? await request.text() : '';
    if (body.includes('createCommitOnBranch') && moved === 0) {
      moved += 1;
      await stage.api('PUT', '/repos/acme/app/contents/noise.txt', { message: 'noise', content: '' });
      // What GitHub answers when the branch is elsewhere than expected.
      return Response.json({
        data: { createRef: null, createCommitOnBranch: null, createPullRequest: null },
        errors: [
          {
            message: 'Expected branch to point to "1111" but it did not. Pull and try again.',
            path: ['createCommitOnBranch'],
          },
        ],
      });
    }
    return send();
  };
  const outcome = await stage.run(bumpCommand, ['--service', 'web', '--digest', digest, '--image', 'ghcr.io/acme/web']);
  stage.intercept = undefined;
  expect(outcome.error).toBeUndefined();
  expect(moved).toBe(1);
  expect((await open()).filter((one) => one.title.startsWith('Bump web'))).toHaveLength(1);
});

test('a pull request that nothing holds back is merged at once, by the same rules', async () => {
  const digest = newDigest();
  const outcome = await unruled(() =>
    stage.run(bumpCommand, ['--service', 'web', '--digest', digest, '--image', 'ghcr.io/acme/web']),
  );
  expect(outcome.error).toBeUndefined();
  expect(outcome.out).toContain('is merged: nothing was left to wait for');
  expect(await stage.pin('dev', 'web')).toContain(digest);
});

test('a release of which nobody can tell whether it is a way back waits for a person', async () => {
  // What is pinned was never recorded.
  const digest = newDigest();
  await stage.run(bumpCommand, ['--service', 'web', '--digest', digest, '--image', 'ghcr.io/acme/web']);
  const pull = (await open()).find((one) => one.title.startsWith('Bump web'));
  await stage.publish('web', digest);
  await judge(pull?.number ?? 0);
  await stage.until(async () => (await stage.pin('dev', 'web')).includes(digest));
  const next = newDigest();
  // Neither recent commits nor a comparison tell anything.
  stage.intercept = async (request, send) => {
    if (request.url.includes('/compare/') && request.url.includes('/acme/app/'))
      return Response.json({ message: 'Not Found' }, { status: 404 });
    const asked = request.url.endsWith('/graphql') && (await request.text()).includes('history(first: 100)');
    if (!asked) return send();
    const answer = (await (await send()).json()) as { data: Record<string, unknown> };
    return Response.json({ data: { ...answer.data, g0: null } });
  };
  await stage.publish('web', next);
  const outcome = await stage.run(receiveCommand, []);
  stage.intercept = undefined;
  expect(outcome.out).toContain('somebody has to merge this one');
  const offered = await stage.api<{ auto_merge: unknown; title: string }[]>('GET', '/repos/acme/infra/pulls');
  expect(offered.find((one) => one.title.startsWith('Bump web'))?.auto_merge).toBeNull();
});

test('a hotfix starts at what was released, and goes past the environments on record', async () => {
  const { commit, digest: ran } = await deliver();
  const at = (...words: string[]): ReturnType<Stage['run']> =>
    stage.run(hotfixCommand, ['start', ...words, '--repository', 'acme/app']);
  expect((await at('no/slash', '--from', commit)).error?.code).toBe('INPUT_INVALID');
  const loose = await stage.api<{ sha: string }>('POST', '/repos/acme/app/git/commits', {
    message: 'nobody reviewed this',
    tree: (await stage.api<{ commit: { tree: { sha: string } } }>('GET', `/repos/acme/app/commits/${commit}`)).commit
      .tree.sha,
    parents: [commit],
  });
  expect((await at('loose', '--from', loose.sha)).error?.code).toBe('POLICY_REFUSED');
  expect((await at('nowhere', '--from', 'f'.repeat(40))).error).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('expected a commit of acme/app'),
  });
  expect((await at('login-loop', '--from', commit)).error).toBeUndefined();
  expect((await at('login-loop', '--from', commit)).out).toContain('is there already');
  const branch = await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/app/branches/hotfixes/login-loop');
  expect(branch.commit.sha).toBe(commit);

  const digest = newDigest();
  await stage.publish('api', digest, 'refs/heads/hotfixes/login-loop');
  const env = await pressedBy('carol');
  const ship = (release: string, ...more: string[]): ReturnType<Stage['run']> =>
    stage.run(
      hotfixCommand,
      ['ship', 'api', '--to', 'prod', '--release', release, '--reason', 'logins fail', '--incident', 'INC-7', ...more],
      env,
    );
  // Nothing runs in prod yet that it could be compared with.
  expect((await ship(digest)).error?.message).toContain('expected to count what the hotfix changes');
  await unruled(async () => {
    const file = await stage.api<{ sha: string; content: string }>('GET', '/repos/acme/infra/contents/envs/prod.json');
    const text = Buffer.from(file.content, 'base64')
      .toString()
      .replace('"image": ""', `"image": "ghcr.io/acme/api@${ran}"`);
    await stage.api('PUT', '/repos/acme/infra/contents/envs/prod.json', {
      message: 'as it was',
      content: Buffer.from(text).toString('base64'),
      sha: file.sha,
    });
  });
  expect((await ship(newDigest())).error?.code).toBe('POLICY_REFUSED');
  const misspelt = [
    'ship',
    'apj',
    '--to',
    'prod',
    '--release',
    digest,
    '--reason',
    'logins fail',
    '--incident',
    'INC-7',
  ];
  expect((await stage.run(hotfixCommand, misspelt, env)).error?.message).toMatch(/service[\s\S]*"apj"/);
  expect((await ship(digest, '--skip', 'order,scan')).error?.code).toBe('INPUT_INVALID');
  expect((await ship(digest, '--skip', 'order,freeze')).error?.code).toBe('POLICY_REFUSED');
  const shipped = await ship(digest);
  expect(shipped.error).toBeUndefined();
  const pull = (await open()).find((one) => one.title.startsWith('Hotfix api'));
  const number = pull?.number ?? 0;
  expect(pull?.body).toContain('Trunkline-Skipped-Gates: order');
  await approve(number, 'carol');
  const verdict = await judge(number);
  expect(verdict).toContain('ok  order of api in prod: hotfix on record: logins fail');
  expect(verdict).toContain('no  hotfix of api in prod: expected 1 approval by somebody else than @carol, found 0');
  await approve(number, 'bob');
  expect(await judge(number)).toContain('ok  hotfix of api in prod: INC-7: approved by @bob');

  await stage.api('PUT', `/repos/acme/infra/pulls/${number}/merge`, { merge_method: 'squash' }).catch(() => undefined);
  await unruled(() => stage.api('PUT', `/repos/acme/infra/pulls/${number}/merge`, { merge_method: 'squash' }));
  const owed = await stage.run(hotfixCommand, ['status', '--json']);
  expect(owed.code).toBe(0);
  expect((JSON.parse(owed.out) as { debt: string; state: string }[]).map((one) => [one.debt, one.state])).toEqual([
    // The stage publishes from main.
    ['forward-port', 'paid'],
    ['back-fill', 'open'],
    ['cleanup', 'open'],
    ['post-mortem', 'open'],
  ]);
});

test('dispatch records a release once, and rings', async () => {
  writeFileSync(join(stage.folder, 'trunkline.yaml'), 'kind: Services\ninfra: acme/infra\nservices:\n  api: {}\n');
  const digest = newDigest();
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'acme/app',
    GITHUB_SHA: await appTip(),
    GITHUB_REF: 'refs/heads/main',
    GITHUB_ACTOR: 'alice',
    GITHUB_TOKEN: stage.forge.tokens.carol,
    TRUNKLINE_TOKEN: stage.forge.tokens.carol,
  };
  const ring = (...more: string[]): ReturnType<Stage['run']> =>
    stage.run(dispatchCommand, ['--service', 'api', '--digest', digest, ...more], env);
  const first = await ring();
  expect(first.error).toBeUndefined();
  expect(first.out).toMatch(/recorded as deployment \d+ of acme\/app\nrang acme\/infra \(receive\.yml\)/);
  expect((await ring('--no-doorbell')).out).toMatch(/found deployment \d+ of acme\/app\nthe doorbell was not rung/);
  expect((await stage.run(dispatchCommand, ['--service', 'apl', '--digest', digest], env)).error?.code).toBe(
    'INPUT_INVALID',
  );
  writeFileSync(join(stage.folder, 'trunkline.yaml'), config);
});

test('status tells what an infra repository pins that has no trunkline.yaml', async () => {
  await stage.api('POST', '/orgs/acme/repos', { name: 'bare', auto_init: true });
  const put = (path: string, value: unknown): Promise<unknown> =>
    stage.api('PUT', `/repos/acme/bare/contents/${path}`, {
      message: path,
      content: Buffer.from(JSON.stringify(value)).toString('base64'),
    });
  await put('package.json', { image: 'a/b:1' });
  const env = { GITHUB_SERVER_URL: await stage.server() };
  const nothing = await stage.run(statusCommand, ['--repository', 'acme/bare'], env);
  expect(nothing.error?.message).toContain('found neither');
  await put('environments/prod.json', { orders: { image: 'ghcr.io/acme/orders:v1.2' } });
  await put('environments/dev.json', { orders: { image: `ghcr.io/acme/orders@${newDigest()}` } });
  const outcome = await stage.run(statusCommand, ['--repository', 'acme/bare'], env);
  expect(outcome.error).toBeUndefined();
  expect(outcome.out).toMatch(/orders +dev +[0-9]{12}/);
  expect(outcome.out).toMatch(/orders +prod +v1\.2/);
  expect(outcome.out).toContain('no trunkline.yaml: detected json in environments/dev.json, environments/prod.json');
});
