import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Acme, openAcme, pullRequestRule, signJwt } from '../testing/acme.ts';
import { expectWebhook } from '../testing/expect-webhook.ts';
import { type Ask, octokitAsker } from '../testing/octokit.ts';
import { isAllowed } from './attempt-delivery.ts';

const repo = '/repos/{owner}/{repo}';
const secret = 'very secret indeed';

interface Received {
  readonly path: string;
  readonly event: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let acme: Acme;
let ask: Ask;
let server: Server;
let url: string;
const received: Received[] = [];
let answer = 200;
beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { headers, url: path = '' } = request;
      received.push({
        path,
        event: String(headers['x-github-event']),
        headers,
        body: Buffer.concat(chunks).toString(),
      });
      response.writeHead(answer, { 'x-receiver': 'test' }).end('thanks');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  acme = await openAcme({ hooks: { fetch: globalThis.fetch, allowedHosts: ['hooks.acme.test'] } });
  ask = octokitAsker(acme);
});
afterAll(async () => {
  expect(acme.faults).toEqual([]);
  await acme.remove();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const owner = (): string => acme.admin.createToken('carol', { scopes: ['repo', 'admin:org', 'admin:org_hook'] });
const config = (path: string, more: object = {}) => ({ url: `${url}${path}`, content_type: 'json', secret, ...more });
const at = (path: string): readonly Received[] => received.filter((one) => one.path === path);

test('a hook is made, pinged, signed for, changed, tried again and deleted; its secret is never shown', async () => {
  const hook = await ask(`POST ${repo}/hooks`, { config: config('/one'), events: ['push', 'create'] });
  expect(hook.config).toEqual({ url: `${url}/one`, content_type: 'json', insecure_ssl: '0', secret: '********' });
  await acme.hooksIdle();
  const [ping] = at('/one');
  expect(ping?.event).toBe('ping');
  const sign = (algorithm: string, body = '') =>
    `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;
  expect(ping?.headers).toMatchObject({
    'x-hub-signature-256': sign('sha256', ping?.body),
    'x-hub-signature': sign('sha1', ping?.body),
    'x-github-hook-id': String(hook.id),
    'x-github-hook-installation-target-type': 'repository',
    'content-type': 'application/json',
  });
  const one = { hook_id: hook.id };
  await ask(`POST ${repo}/hooks/{hook_id}/pings`, one);
  await ask(`POST ${repo}/hooks/{hook_id}/tests`, one);
  expect(await ask(`GET ${repo}/hooks`)).toHaveLength(1);
  await ask(`GET ${repo}/hooks/{hook_id}`, one);
  await ask(`GET ${repo}/hooks/{hook_id}/config`, one);
  await ask(`PATCH ${repo}/hooks/{hook_id}/config`, { ...one, content_type: 'form' });
  const changed = await ask(`PATCH ${repo}/hooks/{hook_id}`, {
    ...one,
    add_events: ['issues'],
    remove_events: ['create'],
  });
  expect(changed.events).toEqual(['push', 'issues']);
  await acme.ask('alice', 'POST', '/repos/acme/app/issues', { title: 'Told' }, 201);
  await acme.hooksIdle();
  const [issue] = at('/one').filter(({ event }) => event === 'issues');
  const sent = new URLSearchParams(issue?.body).get('payload');
  expect(JSON.parse(sent ?? '')).toMatchObject({ action: 'opened', issue: { title: 'Told' } });
  expect(issue?.headers['x-hub-signature-256']).toBe(sign('sha256', issue?.body));
  const deliveries = await ask(`GET ${repo}/hooks/{hook_id}/deliveries`, one);
  expect(deliveries.map((each: { event: string }) => each.event)).toEqual(['issues', 'push', 'ping', 'ping']);
  const delivery = { ...one, delivery_id: deliveries[0].id };
  const whole = await ask(`GET ${repo}/hooks/{hook_id}/deliveries/{delivery_id}`, delivery);
  expect(whole).toMatchObject({ status: 'OK', status_code: 200, response: { payload: 'thanks' }, redelivery: false });
  expect(whole.response.headers['x-receiver']).toBe('test');
  await ask(`POST ${repo}/hooks/{hook_id}/deliveries/{delivery_id}/attempts`, delivery);
  await acme.hooksIdle();
  const again = await ask(`GET ${repo}/hooks/{hook_id}/deliveries`, one);
  expect(again[0]).toMatchObject({ event: 'issues', redelivery: true, guid: deliveries[0].guid });
  expect(JSON.stringify([hook, changed, whole, again])).not.toContain(secret);
  await acme.ask(
    'carol',
    'POST',
    '/repos/acme/app/hooks',
    { config: { ...config('/one'), content_type: 'form' } },
    422,
  );
  await acme.ask('carol', 'POST', '/repos/acme/app/hooks', { config: { url: 'no-scheme' } }, 422);
  await acme.ask('alice', 'GET', '/repos/acme/app/hooks', undefined, 403);
  await ask(`DELETE ${repo}/hooks/{hook_id}`, one);
});

test('a receiver that fails is told again, a few times, and what it said is kept', async () => {
  answer = 503;
  const { id } = await ask(`POST ${repo}/hooks`, { config: config('/down') });
  await acme.hooksIdle();
  answer = 200;
  expect(at('/down')).toHaveLength(3);
  const deliveries = await ask(`GET ${repo}/hooks/{hook_id}/deliveries`, { hook_id: id, status: 'failure' });
  expect(deliveries).toMatchObject([
    { redelivery: true, status_code: 503, status: 'Invalid HTTP Response: 503' },
    { redelivery: true },
    { redelivery: false },
  ]);
  expect(new Set(at('/down').map(({ headers }) => headers['x-github-delivery'])).size).toBe(1);
  await ask(`DELETE ${repo}/hooks/{hook_id}`, { hook_id: id });
});

test('nothing is sent to where nobody allowed it', async () => {
  const network = { fetch: globalThis.fetch, allowedHosts: ['hooks.acme.test'] };
  for (const [to, allowed] of [
    ['http://127.0.0.1:1/', true],
    ['http://localhost/', true],
    ['http://[::1]:1/', true],
    ['https://hooks.acme.test/x', true],
    ['http://127.0.0.1.evil.test/', false],
    ['http://localhost.evil.test/', false],
    ['http://169.254.169.254/latest', false],
    ['http://0.0.0.0/', false],
    ['file:///etc/passwd', false],
    ['https://example.com@evil.test/', false],
  ] as const)
    expect([to, isAllowed(network, to)]).toEqual([to, allowed]);
  const { id } = await ask(`POST ${repo}/hooks`, { config: { url: 'https://evil.test/hook' } });
  await acme.hooksIdle();
  const [refused] = await ask(`GET ${repo}/hooks/{hook_id}/deliveries`, { hook_id: id });
  expect(refused).toMatchObject({ status: 'host is not allowed by the lab', status_code: 0 });
  expect(await ask(`GET ${repo}/hooks/{hook_id}/deliveries`, { hook_id: id })).toHaveLength(1);
  await ask(`DELETE ${repo}/hooks/{hook_id}`, { hook_id: id });
});

test('hooks of an organisation and of an App hear what concerns them, the App of its installation too', async () => {
  const hook = await ask('POST /orgs/{org}/hooks', { name: 'web', config: config('/org'), events: ['*'] }, owner());
  const one = { hook_id: hook.id };
  await ask('GET /orgs/{org}/hooks', {}, owner());
  await ask('GET /orgs/{org}/hooks/{hook_id}', one, owner());
  await ask('GET /orgs/{org}/hooks/{hook_id}/config', one, owner());
  await ask('PATCH /orgs/{org}/hooks/{hook_id}/config', { ...one, content_type: 'json' }, owner());
  await ask('PATCH /orgs/{org}/hooks/{hook_id}', { ...one, active: true }, owner());
  await ask('POST /orgs/{org}/hooks/{hook_id}/pings', one, owner());
  await acme.hooksIdle();
  const [delivered] = await ask('GET /orgs/{org}/hooks/{hook_id}/deliveries', one, owner());
  const delivery = { ...one, delivery_id: delivered.id };
  await ask('GET /orgs/{org}/hooks/{hook_id}/deliveries/{delivery_id}', delivery, owner());
  await ask('POST /orgs/{org}/hooks/{hook_id}/deliveries/{delivery_id}/attempts', delivery, owner());

  const { app, privateKey } = await acme.admin.createApp({
    slug: 'listener',
    owner: 'acme',
    permissions: { contents: 'read' },
    events: ['push', 'repository_dispatch', 'workflow_dispatch', 'deployment_review'],
    hook: { url: `${url}/app`, secret },
  });
  acme.admin.installApp('listener', 'acme', ['acme/app']);
  const now = Math.floor(Date.now() / 1000);
  const jwt = signJwt(privateKey, { iat: now - 10, exp: now + 300, iss: app.id });
  await acme.commit('alice', 'told', 'told.txt', 'x');
  await acme.hooksIdle();
  expect(at('/app').map(({ event }) => event)).toEqual(['installation', 'push', 'push']);
  const push = JSON.parse(at('/app')[2]?.body ?? '');
  expect(push).toMatchObject({ ref: 'refs/heads/told', installation: { id: expect.any(Number) } });
  expect(push.commits).toHaveLength(1);
  expect(push.commits[0]).toHaveProperty('added');
  expect(at('/app')[0]?.headers['x-github-hook-installation-target-type']).toBe('integration');
  expect(await ask('GET /app/hook/config', {}, jwt)).toMatchObject({ url: `${url}/app`, secret: '********' });
  const [last] = await ask('GET /app/hook/deliveries', {}, jwt);
  await ask('GET /app/hook/deliveries/{delivery_id}', { delivery_id: last.id }, jwt);
  await ask('POST /app/hook/deliveries/{delivery_id}/attempts', { delivery_id: last.id }, jwt);
  await ask('PATCH /app/hook/config', { content_type: 'json' }, jwt);
});

const everything = `check_run.completed check_run.created check_suite.completed create delete deployment.created
    deployment_review.approved deployment_review.requested deployment_status.created fork issue_comment.created
    issue_comment.deleted issue_comment.edited issues.assigned issues.closed issues.edited issues.labeled issues.opened
    issues.reopened issues.unassigned issues.unlabeled label.created label.deleted label.edited member.added
    member.edited member.removed pull_request.assigned pull_request.closed pull_request.edited pull_request.labeled
    pull_request.opened pull_request.reopened pull_request.review_request_removed pull_request.review_requested
    pull_request.synchronize pull_request_review.dismissed pull_request_review.edited pull_request_review.submitted
    pull_request_review_comment.created pull_request_review_comment.edited pull_request_review_thread.resolved
    pull_request_review_thread.unresolved push release.created release.published release.released repository.edited
    repository_dispatch.sample.collected repository_ruleset.created repository_ruleset.deleted
    repository_ruleset.edited status workflow_dispatch workflow_job.completed workflow_job.in_progress
    workflow_job.queued workflow_job.waiting workflow_run.completed workflow_run.in_progress workflow_run.requested`;

test('every event that the forge raises has a payload that fits GitHub’s description', async () => {
  received.length = 0;
  const one = async (who: string | undefined, method: string, path: string, body?: unknown) =>
    acme.ask(who, method, `/repos/acme/app${path}`, body);
  await one('carol', 'PATCH', '', { description: 'Told', default_branch: 'main' });
  await one('carol', 'POST', '/labels', { name: 'old' });
  await one('carol', 'PATCH', '/labels/old', { new_name: 'new' });
  await one('carol', 'PUT', '/collaborators/bob', { permission: 'maintain' });
  acme.admin.createUser('dave');
  await one('carol', 'PUT', '/collaborators/dave', { permission: 'push' });
  await one('carol', 'DELETE', '/collaborators/dave');
  acme.admin.createTeam('acme', 'readers', ['bob']);
  acme.admin.addTeamRepository('acme', 'readers', 'acme/app', 'write');
  const { id: ruleset } = await one('carol', 'POST', '/rulesets', {
    name: 'told',
    target: 'branch',
    enforcement: 'active',
    conditions: { ref_name: { include: ['refs/heads/nowhere'], exclude: [] } },
    rules: [pullRequestRule()],
  });
  await one('carol', 'PUT', `/rulesets/${ruleset}`, { enforcement: 'disabled' });
  await one('carol', 'DELETE', `/rulesets/${ruleset}`);
  await one('bob', 'POST', '/forks', {});
  const { number: issue } = await one('alice', 'POST', '/issues', { title: 'Broken', labels: ['new'] });
  await one('alice', 'PATCH', `/issues/${issue}`, { title: 'Very broken', body: 'so' });
  await one('alice', 'POST', `/issues/${issue}/assignees`, { assignees: ['bob'] });
  await one('alice', 'DELETE', `/issues/${issue}/assignees`, { assignees: ['bob'] });
  const { id: comment } = await one('alice', 'POST', `/issues/${issue}/comments`, { body: 'Yes' });
  await one('alice', 'PATCH', `/issues/comments/${comment}`, { body: 'No' });
  await one('alice', 'DELETE', `/issues/comments/${comment}`);
  await one('alice', 'DELETE', `/issues/${issue}/labels/new`);
  await one('carol', 'DELETE', '/labels/new');
  await one('alice', 'PATCH', `/issues/${issue}`, { state: 'closed' });
  await one('alice', 'PATCH', `/issues/${issue}`, { state: 'open' });

  const { number, head } = await acme.pull('alice', 'topic');
  const pull = `/pulls/${number}`;
  await one('alice', 'PATCH', pull, { title: 'Topic', body: 'Why' });
  await one('alice', 'POST', `${pull}/requested_reviewers`, { reviewers: ['bob'], team_reviewers: ['readers'] });
  await one('alice', 'DELETE', `${pull}/requested_reviewers`, { reviewers: ['bob'] });
  await one('alice', 'POST', `/issues/${number}/labels`, { labels: ['ready'] });
  await one('alice', 'POST', `/issues/${number}/assignees`, { assignees: ['bob'] });
  await one('alice', 'POST', `/issues/${number}/comments`, { body: 'On a pull request' });
  const line = { path: 'topic.txt', line: 1, side: 'RIGHT', body: 'Hm' };
  const { id: review } = await one('bob', 'POST', `${pull}/reviews`, {
    event: 'COMMENT',
    body: 'See',
    comments: [line],
  });
  await one('bob', 'PUT', `${pull}/reviews/${review}`, { body: 'Look' });
  const [first] = await one('bob', 'GET', `${pull}/comments`);
  await one('alice', 'POST', `${pull}/comments/${first.id}/replies`, { body: 'Done' });
  await one('bob', 'PATCH', `/pulls/comments/${first.id}`, { body: 'Hm, hm' });
  const threads = `query { repository(owner: "acme", name: "app") { pullRequest(number: ${number}) { reviewThreads(first: 1) { nodes { id } } } } }`;
  const shown = JSON.stringify((await acme.graphql(acme.tokens.bob, threads)).data);
  const threadId = /PRRT_[\w-]+/.exec(shown)?.[0];
  for (const mutation of ['resolveReviewThread', 'unresolveReviewThread'])
    await acme.graphql(
      acme.tokens.bob,
      `mutation($id: ID!) { ${mutation}(input: { threadId: $id }) { thread { isResolved } } }`,
      { id: threadId },
    );
  const { id: approval } = await one('bob', 'POST', `${pull}/reviews`, { event: 'APPROVE' });
  await one('bob', 'PUT', `${pull}/reviews/${approval}/dismissals`, { message: 'Wait' });
  await acme.commit('alice', 'topic', 'more.txt', 'more');
  await one('alice', 'POST', `/statuses/${head}`, { state: 'success', context: 'ci' });
  const app = await acme.makeApp('teller', { checks: 'write', deployments: 'write' });
  await one(app.token, 'POST', '/check-runs', { name: 'lint', head_sha: head, conclusion: 'success' });
  const deployment = { ref: head, environment: 'dev', required_contexts: [], auto_merge: false, payload: { a: 1 } };
  const { id: deployed } = await one('alice', 'POST', '/deployments', deployment);
  await one('alice', 'POST', `/deployments/${deployed}/statuses`, {
    state: 'success',
    environment_url: 'https://dev.test',
  });
  await one('alice', 'PATCH', pull, { state: 'closed' });
  await one('alice', 'PATCH', pull, { state: 'open' });
  await one('alice', 'PUT', `${pull}/merge`, {});
  await one('alice', 'DELETE', '/git/refs/heads/topic');
  await one('carol', 'POST', '/releases', { tag_name: 'v9', name: 'Nine' });
  await one('carol', 'POST', '/dispatches', { event_type: 'sample.collected', client_payload: { a: 1 } });
  const text = 'on: { workflow_dispatch: {} }\njobs: {}\n';
  await acme.commit('carol', 'main', '.github/workflows/ci.yml', text);
  await one('carol', 'POST', '/actions/workflows/ci.yml/dispatches', { ref: 'main' });
  await one('carol', 'PUT', '/environments/prod', {
    reviewers: [{ type: 'User', id: acme.accountId('bob') }],
  });
  for await (const command of acme.runs.commands(AbortSignal.timeout(20_000))) {
    if (command.kind !== 'event') continue;
    const wanted = { path: '.github/workflows/ci.yml', workflowName: 'CI', title: 'by hand' };
    const [run] = await acme.runs.openRuns(
      command.event.id,
      command.event.name === 'workflow_dispatch' ? [wanted] : [],
    );
    if (run === undefined) continue;
    const [job] = await acme.runs.openJobs(run.id, [{ name: 'build', jobId: 'build', labels: ['ubuntu-latest'] }]);
    const id = job?.id ?? 0;
    const entering = acme.runs.enterEnvironment(id, { name: 'prod', deployment: true }, AbortSignal.timeout(10_000));
    const environments = [...acme.forge.store.environments.values()].map((each) => each.id);
    await one('bob', 'POST', `/actions/runs/${run.id}/pending_deployments`, {
      environment_ids: environments,
      state: 'approved',
      comment: 'Go',
    });
    await entering;
    await acme.runs.setJob(id, { status: 'in_progress', runnerName: 'lab' });
    await acme.runs.setRun(run.id, { status: 'in_progress' });
    await acme.runs.setJob(id, { status: 'completed', conclusion: 'success' });
    await acme.runs.setRun(run.id, { status: 'completed', conclusion: 'success' });
    break;
  }
  await acme.settled();
  await acme.hooksIdle();
  const told = [...at('/org'), ...at('/app')].map(({ event, body }) => ({ event, payload: JSON.parse(body) }));
  const faults: string[] = [];
  for (const { event, payload } of told) {
    await expectWebhook(event, payload).catch((error: unknown) => faults.push(String(error)));
    expect(payload.sender).toBeDefined();
  }
  expect([...new Set(faults)]).toEqual([]);
  const names = new Set(told.map(({ event, payload }) => [event, payload.action].filter(Boolean).join('.')));
  expect([...names].sort()).toEqual(everything.split(/\s+/));
  const [hook] = await ask('GET /orgs/{org}/hooks', {}, owner());
  await ask('DELETE /orgs/{org}/hooks/{hook_id}', { hook_id: hook.id }, owner());
});
