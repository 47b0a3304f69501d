import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { WorkflowEvent } from '../protocol/event.ts';
import type { JobRecord, RunRecord } from '../protocol/run.ts';
import { client } from './git/testing/small-forge.ts';
import { type Acme, checksRule, openAcme, pullRequestRule } from './testing/acme.ts';

// As in attacks.test.ts: each is tried, and must fail. Here by git's own means, and from within jobs.

let acme: Acme;
let policy: Awaited<ReturnType<Acme['makeApp']>>;
const controller = new AbortController();
const ci = '.github/workflows/ci.yml';
const listening =
  'on: [push, pull_request, workflow_dispatch]\njobs: { build: { runs-on: ubuntu-latest, steps: [{ run: "true" }] } }\n';

beforeAll(async () => {
  acme = await openAcme();
  await acme.commit('carol', 'main', ci, listening);
  policy = await acme.makeApp('policy', {
    contents: 'read',
    statuses: 'write',
    checks: 'write',
    pull_requests: 'write',
  });
  await acme.ruleset([
    { type: 'deletion' },
    { type: 'non_fast_forward' },
    pullRequestRule(),
    checksRule('trunkline / policy', policy.id),
  ]);
});
afterAll(async () => {
  controller.abort();
  expect(acme.faults).toEqual([]);
  await acme.remove();
});

describe('by git', () => {
  let server: Server;
  let url: string;
  let folder: string;
  beforeAll(async () => {
    server = createServer(acme.listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `127.0.0.1:${(server.address() as AddressInfo).port}/acme/app.git`;
    folder = mkdtempSync(join(tmpdir(), 'attack-'));
    await client(folder, 'clone', '--quiet', `http://x:${acme.tokens.carol}@${url}`, '.');
    writeFileSync(join(folder, 'straight.txt'), 'straight to main');
    await client(folder, 'add', '-A');
    await client(folder, 'commit', '--quiet', '-m', 'Go straight to main');
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  test('nobody pushes to main, forces it or deletes it, its administrators included; other refs of the push go through', async () => {
    const main = acme.tip('main');
    const elsewhere = 'HEAD:refs/heads/elsewhere';
    for (const token of [acme.tokens.alice, acme.tokens.carol]) {
      const push = (...args: string[]) => client(folder, 'push', `http://x:${token}@${url}`, ...args);
      for (const [args, words] of [
        [['HEAD:main'], 'Changes must be made through a pull request.'],
        [['--force', 'HEAD~1:main'], 'Everything up-to-date'],
        [['--mirror'], 'main'],
        [[':main'], 'main'],
        [['--force', '+HEAD:main', elsewhere], 'push declined due to repository rule violations'],
        [['--atomic', 'HEAD:main', 'HEAD:refs/heads/beside'], 'atomic'],
      ] as const) {
        const { code, text } = await push(...args);
        expect({ args, text }).toMatchObject({ text: expect.stringContaining(words) });
        if (words !== 'Everything up-to-date') expect({ args, code }).toEqual({ args, code: 1 });
        expect(acme.tip('main')).toBe(main);
      }
    }
    expect(acme.tip('elsewhere')).toBeDefined();
    expect(acme.tip('beside')).toBeUndefined();
  });

  test('history of main is not rewritten by who may not even go forward', async () => {
    const main = acme.tip('main');
    await client(folder, 'checkout', '--quiet', '--orphan', 'other');
    await client(folder, 'commit', '--quiet', '-m', 'Another beginning');
    const { code, text } = await client(
      folder,
      'push',
      '--force',
      `http://x:${acme.tokens.carol}@${url}`,
      'other:main',
    );
    expect({ code, text }).toMatchObject({
      code: 1,
      text: expect.stringContaining('Cannot force-push to this branch'),
    });
    expect(acme.tip('main')).toBe(main);
  });
});

/** The next event of a name, with its run and one job of it, as a runner would open them. */
async function nextJob(name: string, job: string): Promise<{ event: WorkflowEvent; run: RunRecord; job: JobRecord }> {
  const stop = new AbortController();
  for await (const command of acme.runs.commands(stop.signal)) {
    if (command.kind !== 'event') continue;
    const { event } = command;
    if (event.name !== name) {
      await acme.runs.openRuns(event.id, []);
      continue;
    }
    stop.abort();
    const [run] = await acme.runs.openRuns(event.id, [{ path: ci, workflowName: 'CI', title: 'a run' }]);
    const [opened] = await acme.runs.openJobs(run?.id ?? 0, [{ name: job, jobId: 'build', labels: [] }]);
    if (run === undefined || opened === undefined) break;
    return { event, run, job: opened };
  }
  throw new Error(`no ${name} came`);
}

const jobWorkflowRef = `acme/app/${ci}@refs/heads/main`;
const enter = (job: JobRecord, name: string) =>
  acme.runs.enterEnvironment(job.id, { name, deployment: true }, controller.signal);

describe('from within jobs', () => {
  /** Events of what was done so far are nobody's. */
  const forget = async (): Promise<void> => {
    const { outbox } = acme.forge.store;
    for (const { command } of [...outbox.values()])
      if (command.kind === 'event') await acme.runs.openRuns(command.event.id, []);
  };
  beforeEach(forget);

  test('a workflow edited in the pull request cannot make the required check: its jobs are not the App’s', async () => {
    const { number } = await acme.pull('alice', 'forge-the-check');
    await forget();
    await acme.ask(
      'alice',
      'PUT',
      `/repos/acme/app/contents/${ci}`,
      {
        message: 'Call my job as the required check is called',
        branch: 'forge-the-check',
        content: Buffer.from(`${listening}# trunkline / policy\n`).toString('base64'),
        sha: (await acme.ask('alice', 'GET', `/repos/acme/app/contents/${ci}`, undefined, 200)).sha,
      },
      200,
    );
    const { run, job } = await nextJob('push', 'trunkline / policy');
    await acme.runs.setJob(job.id, { status: 'completed', conclusion: 'success' });
    await acme.runs.setRun(run.id, { status: 'completed', conclusion: 'success' });
    await acme.ask('bob', 'POST', `/repos/acme/app/pulls/${number}/reviews`, { event: 'APPROVE' }, 200);
    const head = acme.tip('forge-the-check');
    const { check_runs: seen } = await acme.ask(
      'bob',
      'GET',
      `/repos/acme/app/commits/${head}/check-runs`,
      undefined,
      200,
    );
    expect(seen).toMatchObject([
      { name: 'trunkline / policy', conclusion: 'success', app: { slug: 'github-actions' } },
    ]);
    const answer = await acme.ask('bob', 'PUT', `/repos/acme/app/pulls/${number}/merge`, {}, 405);
    expect(answer.message).toContain('Required status check "trunkline / policy" is expected.');
  });

  test('a bot’s change of prod waits for prod’s team, whatever the bot and its friends approve', async () => {
    const team = acme.admin.createTeam('acme', 'prod-owners', ['carol']);
    acme.admin.addTeamRepository('acme', 'prod-owners', 'acme/app', 'write');
    const bot = await acme.makeApp('delivery', { contents: 'write', pull_requests: 'write' });
    const friend = await acme.makeApp('friend', { contents: 'write', pull_requests: 'write' });
    const reviewer = { id: team.id, type: 'Team' };
    await acme.ruleset([
      pullRequestRule({
        required_approving_review_count: 0,
        required_reviewers: [{ file_patterns: ['envs/prod*'], minimum_approvals: 1, reviewer }],
      }),
    ]);
    await acme.commit(bot.token, 'promote', 'envs/prod.json', '{}');
    const body = { title: 'Promote', head: 'promote', base: 'main' };
    const { number, head } = await acme.ask(bot.token, 'POST', '/repos/acme/app/pulls', body, 201);
    const done = { state: 'success', context: 'trunkline / policy' };
    await acme.ask(policy.token, 'POST', `/repos/acme/app/statuses/${head.sha}`, done, 201);
    const reviews = `/repos/acme/app/pulls/${number}/reviews`;
    await acme.ask(bot.token, 'POST', reviews, { event: 'APPROVE' }, 422);
    await acme.ask(friend.token, 'POST', reviews, { event: 'APPROVE' }, 200);
    await acme.ask('alice', 'POST', reviews, { event: 'APPROVE' }, 200);
    const merge = `/repos/acme/app/pulls/${number}/merge`;
    for (const token of [bot.token, friend.token, acme.tokens.alice]) await acme.ask(token, 'PUT', merge, {}, 405);
    await acme.ask(bot.token, 'PUT', '/repos/acme/app/contents/envs/prod.json', { message: 'x', content: 'e30=' }, 409);
    await acme.ask('carol', 'POST', reviews, { event: 'APPROVE' }, 200);
    await acme.ask(bot.token, 'PUT', merge, {}, 200);
  });

  test('a job of a bot’s branch does not get into prod, nor to its secrets', async () => {
    const custom = { protected_branches: false, custom_branch_policies: true };
    await acme.ask('carol', 'PUT', '/repos/acme/app/environments/prod', { deployment_branch_policy: custom }, 200);
    const policies = '/repos/acme/app/environments/prod/deployment-branch-policies';
    await acme.ask('carol', 'POST', policies, { name: 'main' }, 200);
    await acme.commit('bob', 'past-every-review', 'x.txt', 'x');
    const { job } = await nextJob('push', 'build');
    expect(await enter(job, 'prod')).toEqual({
      entered: false,
      reason: 'Branch "past-every-review" is not allowed to deploy to prod due to environment protection rules.',
    });
    const asked = { jobId: job.id, permissions: undefined, environment: { name: 'prod' }, jobWorkflowRef };
    await expect(acme.runs.grant(asked)).rejects.toMatchObject({ code: 'PERMISSION_MISSING' });
  });

  test('whoever starts a run does not let it into an environment that forbids that, nor does anybody not listed', async () => {
    const reviewers = ['alice', 'bob'].map((login) => ({ type: 'User', id: acme.accountId(login) }));
    await acme.ask(
      'carol',
      'PUT',
      '/repos/acme/app/environments/guarded',
      { reviewers, prevent_self_review: true },
      200,
    );
    await acme.ask('alice', 'POST', '/repos/acme/app/actions/workflows/ci.yml/dispatches', { ref: 'main' }, 204);
    const { run, job } = await nextJob('workflow_dispatch', 'build');
    let entered = false;
    const entering = enter(job, 'guarded').then((outcome) => {
      entered = true;
      return outcome;
    });
    const path = `/repos/acme/app/actions/runs/${run.id}/pending_deployments`;
    const pending = async () => acme.ask('alice', 'GET', path, undefined, 200);
    let [waiting] = await pending();
    while (waiting === undefined) [waiting] = await pending();
    const approve = { environment_ids: [waiting.environment.id], state: 'approved', comment: 'go' };
    const { token } = await acme.runs
      .grant({ jobId: job.id, permissions: { deployments: 'write', actions: 'write' }, jobWorkflowRef })
      .catch(() => ({ token: undefined }));
    await acme.ask('alice', 'POST', path, approve, 422);
    await acme.ask('carol', 'POST', path, approve, 422);
    if (token !== undefined) expect((await acme.call(token, 'POST', path, approve)).status).toBeGreaterThanOrEqual(403);
    expect(entered).toBe(false);
    await acme.ask('bob', 'POST', path, approve, 200);
    expect(await entering).toEqual({ entered: true });
  });

  test('a fork’s pull request reads no secret, whatever its workflow asks for', async () => {
    acme.admin.createUser('guest');
    acme.admin.addCollaborator('acme/app', 'guest', 'read');
    const guest = acme.admin.createToken('guest');
    await acme.ask(guest, 'POST', '/repos/acme/app/forks', {}, 202);
    const leak = `${listening}# \${{ secrets.KEY }}\n`;
    const { sha } = await acme.ask(guest, 'GET', `/repos/guest/app/contents/${ci}`, undefined, 200);
    const body = { message: 'Print the secret', content: Buffer.from(leak).toString('base64'), sha };
    await acme.ask(guest, 'PUT', `/repos/guest/app/contents/${ci}`, body, 200);
    for (const name of ['KEY', 'OTHER'])
      acme.forge.store.transaction(() =>
        acme.forge.store.secrets.put({
          id: acme.forge.store.next('secrets'),
          scope: 'repository',
          scopeId: acme.repository().id,
          name,
          value: 'of the repository',
          createdAt: '2026-01-01T00:00:00Z',
          updatedAt: '2026-01-01T00:00:00Z',
        }),
      );
    await acme.ask(guest, 'POST', '/repos/acme/app/pulls', { title: 'x', head: 'guest:main', base: 'main' }, 201);
    const { event, job } = await nextJob('pull_request', 'build');
    expect(event.fromFork).toBe(true);
    const permissions = { contents: 'write', 'id-token': 'write', secrets: 'write' } as const;
    const grant = await acme.runs.grant({ jobId: job.id, permissions, jobWorkflowRef });
    expect(grant).toMatchObject({ secrets: {}, permissions: { contents: 'read' } });
    expect(grant.idToken).toBeUndefined();
    expect((await acme.call(grant.token, 'GET', '/repos/acme/app/actions/secrets')).status).toBe(403);
    expect((await acme.call(guest, 'GET', '/repos/acme/app/actions/secrets')).status).toBe(403);
  });
});
