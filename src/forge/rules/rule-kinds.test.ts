import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Acme, checksRule, openAcme, pullRequestRule } from '../testing/acme.ts';
import { type Ask, octokitAsker } from '../testing/octokit.ts';
import { allWords, unverifiedWords } from '../words.ts';

// What rules say over the API, whichever way the ref moves, and what is kept of it.

const repo = '/repos/{owner}/{repo}';
let acme: Acme;
let ask: Ask;
beforeAll(async () => {
  acme = await openAcme();
  ask = octokitAsker(acme);
});
afterAll(async () => {
  expect(acme.faults).toEqual([]);
  await acme.remove();
});
beforeEach(async () => {
  dropRulesets();
  await acme.settled();
});

const all = { conditions: { ref_name: { include: ['~ALL'], exclude: [] } } };
const said = async (who: string, method: string, path: string, body: unknown, status: number): Promise<string> => {
  const answer = await acme.ask(who, method, path, body, status);
  return String(answer.message).replace('Repository rule violations found\n\n', '').trim();
};
const write = (branch: string, path: string, text: string) => ({
  message: `Write ${path}`,
  content: Buffer.from(text).toString('base64'),
  branch,
  path,
});
const put = (who: string, branch: string, path: string, status: number, text = 'x') =>
  said(who, 'PUT', `/repos/acme/app/contents/${path}`, write(branch, path, text), status);

test('every way a ref can move asks the same evaluator', async () => {
  const { number, head, id } = await acme.pull('alice', 'ways');
  const behind = await acme.pull('alice', 'behind');
  await acme.commit('carol', 'main', 'ahead.txt', 'ahead');
  await acme.commit('alice', 'side', 'side.txt', 'side');
  const merged = await acme.pull('alice', 'merged');
  await acme.ask('alice', 'PUT', `/repos/acme/app/pulls/${merged.number}/merge`, {}, 200);
  const rules = [{ type: 'creation' }, { type: 'update' }, { type: 'deletion' }];
  await acme.ruleset(rules, { conditions: { ref_name: { include: ['~ALL'], exclude: [] } } });
  await acme.ruleset([{ type: 'creation' }], { target: 'tag', ...all });
  const [update, creation] = [
    'Cannot update this protected ref.',
    'Cannot create ref due to creations being restricted.',
  ];
  const path = '/repos/acme/app';
  expect(await said('alice', 'PUT', `${path}/pulls/${number}/merge`, {}, 405)).toBe(update);
  expect(await put('alice', 'main', 'direct.txt', 409)).toBe(update);
  expect(await said('alice', 'PATCH', `${path}/git/refs/heads/ways`, { sha: acme.tip('side'), force: true }, 422)).toBe(
    update,
  );
  expect(await said('alice', 'POST', `${path}/git/refs`, { ref: 'refs/heads/new', sha: head }, 422)).toBe(creation);
  expect(await said('alice', 'DELETE', `${path}/git/refs/heads/side`, undefined, 422)).toBe(
    'Cannot delete this branch',
  );
  expect(await said('alice', 'POST', `${path}/merges`, { base: 'side', head: 'main' }, 409)).toBe(update);
  expect(await said('alice', 'PUT', `${path}/pulls/${behind.number}/update-branch`, {}, 422)).toBe(update);
  const release = await acme.ask('alice', 'POST', `${path}/releases`, { tag_name: 'v1' }, 422);
  expect(release.errors[0].message).toBe(`pre_receive Repository rule violations found\n\n${creation}\n\n`);
  const commit = {
    branch: { repositoryNameWithOwner: 'acme/app', branchName: 'side' },
    expectedHeadOid: acme.tip('side'),
    message: { headline: 'x' },
    fileChanges: { additions: [{ path: 'x', contents: '' }] },
  };
  const document =
    'mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }';
  expect((await acme.graphql(acme.tokens.alice, document, { input: commit })).errors?.[0]?.message).toContain(update);
  const revert = 'mutation($id: ID!) { revertPullRequest(input: { pullRequestId: $id }) { pullRequest { id } } }';
  expect((await acme.graphql(acme.tokens.alice, revert, { id: merged.id })).errors?.[0]?.message).toContain(creation);
  const refs = `mutation($repo: ID!, $oid: GitObjectID!) { createRef(input: { repositoryId: $repo, name: "refs/heads/x", oid: $oid }) { ref { id } } }`;
  const { node_id: repositoryId } = await acme.ask('alice', 'GET', path, undefined, 200);
  const made = await acme.graphql(acme.tokens.alice, refs, { repo: repositoryId, oid: head });
  expect(made.errors?.[0]?.message).toContain(creation);
  // Armed, it waits: auto-merge asks as well, and whoever armed it cannot pass.
  const arm = 'mutation($id: ID!) { enablePullRequestAutoMerge(input: { pullRequestId: $id }) { pullRequest { id } } }';
  expect((await acme.graphql(acme.tokens.alice, arm, { id })).errors).toBeUndefined();
  await acme.settled();
  expect(acme.forge.store.pulls.by('number', `${acme.repository().id}/${number}`)[0]?.merged).toBe(false);
});

test('patterns of commits, branches and tags, each with its operator', async () => {
  const rules = (type: string, operator: string, pattern: string, negate = false) => [
    { type, parameters: { operator, pattern, negate } },
  ];
  await acme.ruleset(rules('commit_message_pattern', 'starts_with', 'feat'), all);
  expect(await put('alice', 'main', 'a.txt', 409)).toMatch(
    /^Commit message must start with a matching pattern: feat\n {2}Found 1 violation:\n\n {2}[0-9a-f]{40}$/,
  );
  await acme.ruleset(rules('commit_author_email_pattern', 'ends_with', '@acme.test'), all);
  await acme.ruleset(rules('committer_email_pattern', 'regex', 'noreply', true), all);
  const words = await put('alice', 'main', 'b.txt', 409);
  expect(words).toContain('Commit author email must end with a matching pattern: @acme.test');
  expect(words).toContain('Committer email must not match a given regex pattern: noreply');
  dropRulesets();
  await acme.ruleset(rules('branch_name_pattern', 'contains', 'fix'), all);
  const sha = acme.tip('main');
  const path = '/repos/acme/app/git/refs';
  expect(await said('alice', 'POST', path, { ref: 'refs/heads/other', sha }, 422)).toContain(
    'Branch name must contain a matching pattern: fix',
  );
  await acme.ask('alice', 'POST', path, { ref: 'refs/heads/fix-1', sha }, 201);
  await acme.ruleset(rules('tag_name_pattern', 'regex', '^v\\d+$'), { target: 'tag', ...all });
  expect(await said('alice', 'POST', path, { ref: 'refs/tags/one', sha }, 422)).toContain('Tag name must match');
  await acme.ask('alice', 'POST', path, { ref: 'refs/tags/v7', sha }, 201);
});

test('required signatures pass what the forge itself makes, and no commit that nobody signed', async () => {
  const { number: signed, head } = await acme.pull('alice', 'signed');
  const main = acme.tip('main');
  await acme.ruleset([{ type: 'required_signatures' }], {
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
  });
  const path = '/repos/acme/app';
  const { tree } = await acme.ask('alice', 'GET', `${path}/git/commits/${head}`, undefined, 200);
  const commit = { message: 'Sign nothing', tree: Reflect.get(Object(tree), 'sha'), parents: [main] };
  const made = await acme.ask('alice', 'POST', `${path}/git/commits`, commit, 201);
  expect(made.verification).toMatchObject({ verified: false, reason: 'unsigned' });
  const refused = 'Commits must have verified signatures.\n  Found 1 violation:\n\n  ';
  expect(await said('alice', 'PATCH', `${path}/git/refs/heads/main`, { sha: made.sha }, 422)).toBe(
    `${refused}${String(made.sha)}`,
  );
  await acme.ask('alice', 'POST', `${path}/git/refs`, { ref: 'refs/heads/unsigned', sha: made.sha }, 201);
  const pull = { title: 'Unsigned', head: 'unsigned', base: 'main' };
  const { number } = await acme.ask('alice', 'POST', `${path}/pulls`, pull, 201);
  const merge = `${path}/pulls/${String(number)}/merge`;
  expect(await said('alice', 'PUT', merge, { merge_method: 'merge' }, 405)).toContain('verified signatures');
  expect(await said('alice', 'PUT', merge, { merge_method: 'rebase' }, 405)).not.toBe('');
  expect(await acme.ask('alice', 'PUT', merge, { merge_method: 'squash' }, 200)).toMatchObject({ merged: true });
  await acme.ask('alice', 'PATCH', `${path}/pulls/${signed}`, { state: 'closed' }, 200);
});

function dropRulesets(): void {
  const { store } = acme.forge;
  store.transaction(() => {
    for (const one of [...store.rulesets.values()]) store.rulesets.delete(one.id);
  });
}

test('push rulesets keep paths, extensions, long names and large files out, in forks too', async () => {
  const push = { target: 'push', conditions: undefined };
  await acme.ruleset(
    [{ type: 'file_path_restriction', parameters: { restricted_file_paths: ['secrets/**/*'] } }],
    push,
  );
  await acme.ruleset(
    [{ type: 'file_extension_restriction', parameters: { restricted_file_extensions: ['*.exe', '.pem'] } }],
    push,
  );
  await acme.ruleset([{ type: 'max_file_path_length', parameters: { max_file_path_length: 20 } }], push);
  await acme.ruleset([{ type: 'max_file_size', parameters: { max_file_size: 1 } }], push);
  expect(await put('alice', 'main', 'secrets/a/b', 409)).toContain('File path is restricted.');
  expect(await put('alice', 'main', 'key.PEM', 409)).toContain('File extension is restricted.');
  expect(await put('alice', 'main', 'a/very/long/path/of/a/file', 409)).toContain('longer than 20 characters');
  expect(await put('alice', 'main', 'big.bin', 409, 'x'.repeat(1024 * 1024 + 1))).toContain(
    'exceeds the limit of 1 MB',
  );
  await put('alice', 'main', 'fine.txt', 201);
  await acme.ask('bob', 'POST', '/repos/acme/app/forks', {}, 202);
  const body = write('main', 'tool.exe', 'x');
  expect(await said('bob', 'PUT', '/repos/bob/app/contents/tool.exe', body, 409)).toContain('extension');
});

test('threads, reviewers by path and team, and who may dismiss', async () => {
  const team = acme.admin.createTeam('acme', 'database', ['bob']);
  acme.admin.addTeamRepository('acme', 'database', 'acme/app', 'write');
  await acme.ruleset([
    pullRequestRule({
      required_approving_review_count: 0,
      required_reviewers: [
        { file_patterns: ['db/**/*', '!db/docs/*'], minimum_approvals: 1, reviewer: { id: team.id, type: 'Team' } },
      ],
      dismissal_restriction: { enabled: true, allowed_actors: [{ id: team.id, type: 'Team' }] },
    }),
  ]);
  const { number } = await acme.pull('alice', 'db-change');
  const merge = `/repos/acme/app/pulls/${number}/merge`;
  await acme.commit('alice', 'db-change', 'db/docs/read.md', 'x');
  await acme.commit('alice', 'db-change', 'db/schema.sql', 'x');
  expect(await said('alice', 'PUT', merge, {}, 405)).toBe('At least 1 approving review is required by database.');
  const reviews = `/repos/acme/app/pulls/${number}/reviews`;
  const { id } = await acme.ask('bob', 'POST', reviews, { event: 'APPROVE' }, 200);
  const dismissal = `${reviews}/${id}/dismissals`;
  await acme.ask('alice', 'PUT', dismissal, { message: 'no' }, 403);
  await acme.ask('bob', 'PUT', dismissal, { message: 'changed my mind' }, 200);
  expect(await said('alice', 'PUT', merge, {}, 405)).toContain('required by database');
  await acme.ask('bob', 'POST', reviews, { event: 'APPROVE' }, 200);
  await acme.ask('alice', 'PUT', merge, {}, 200);
});

test('who pushed a branch last is known before it is a pull request, whoever opens that', async () => {
  await acme.ruleset([pullRequestRule({ require_last_push_approval: true })]);
  await acme.commit('bob', 'handed', 'handed.txt', 'handed');
  const pull = { title: 'Handed over', head: 'handed', base: 'main' };
  const { number } = await acme.ask('alice', 'POST', '/repos/acme/app/pulls', pull, 201);
  const path = `/repos/acme/app/pulls/${number}`;
  await acme.ask('bob', 'POST', `${path}/reviews`, { event: 'APPROVE' }, 200);
  expect(await said('alice', 'PUT', `${path}/merge`, {}, 405)).toBe(
    'New changes require approval from someone other than the last pusher.',
  );
  await acme.ask('carol', 'POST', `${path}/reviews`, { event: 'APPROVE' }, 200);
  await acme.ask('alice', 'PUT', `${path}/merge`, {}, 200);
  expect(acme.forge.store.branchPushes.by('ref', `${acme.repository().id}/refs/heads/handed`)).toHaveLength(1);
  await acme.ask('alice', 'DELETE', '/repos/acme/app/git/refs/heads/handed', undefined, 204);
  expect(acme.forge.store.branchPushes.by('ref', `${acme.repository().id}/refs/heads/handed`)).toEqual([]);
});

test('a required check passes only where every workflow that reports it passed', async () => {
  await acme.ruleset([checksRule('build')]);
  const { number, head } = await acme.pull('alice', 'twice');
  const store = acme.forge.store;
  const report = (workflowId: number, conclusion: 'success' | 'failure'): void =>
    store.transaction(() => {
      const at = new Date().toISOString();
      const row = { repositoryId: acme.repository().id, appId: 15368, sha: head, createdAt: at };
      const runId = store.next('runs');
      const suiteId = store.next('checkSuites');
      const run = { id: runId, workflowId, repositoryId: row.repositoryId, headSha: head, eventId: 0 };
      store.runs.put(run as Parameters<typeof store.runs.put>[0]);
      store.checkSuites.put({ ...row, id: suiteId, branch: 'twice', runId });
      const output = { title: null, summary: null, text: null, annotations: [] };
      const ended = { status: 'completed', conclusion, startedAt: at, completedAt: at } as const;
      const said = { name: 'build', detailsUrl: null, externalId: '', output, ...ended };
      store.checkRuns.put({ ...row, ...said, id: store.next('checkRuns'), suiteId });
    });
  report(1, 'failure');
  report(2, 'success');
  expect(await said('alice', 'PUT', `/repos/acme/app/pulls/${number}/merge`, {}, 405)).toBe(
    'Required status check "build" is failing.',
  );
  report(1, 'success');
  await acme.ask('alice', 'PUT', `/repos/acme/app/pulls/${number}/merge`, {}, 200);
});

test('a required deployment must be successful and active for the head', async () => {
  const parameters = { required_deployment_environments: ['staging'] };
  await acme.ruleset([{ type: 'required_deployments', parameters }]);
  const { number, head } = await acme.pull('alice', 'deployed');
  const merge = `/repos/acme/app/pulls/${number}/merge`;
  const missing = 'Missing successful active staging deployment.';
  expect(await said('alice', 'PUT', merge, {}, 405)).toBe(missing);
  const deployment = { ref: head, environment: 'staging', required_contexts: [], auto_merge: false };
  const { id } = await acme.ask('alice', 'POST', '/repos/acme/app/deployments', deployment, 201);
  const statuses = `/repos/acme/app/deployments/${id}/statuses`;
  await acme.ask('alice', 'POST', statuses, { state: 'failure' }, 201);
  expect(await said('alice', 'PUT', merge, {}, 405)).toBe(missing);
  await acme.ask('alice', 'POST', statuses, { state: 'success' }, 201);
  await acme.ask('alice', 'PUT', merge, {}, 200);
});

test('bypass by each kind of actor, by mode, and what each is told it can', async () => {
  const app = await acme.makeApp('bypasser', { contents: 'write', pull_requests: 'write', administration: 'write' });
  const team = acme.admin.createTeam('acme', 'parents', []);
  acme.admin.createTeam('acme', 'children', ['bob'], { parent: 'parents' });
  const actors: readonly (readonly [object, string, string])[] = [
    [{ actor_id: app.id, actor_type: 'Integration' }, app.token, acme.tokens.alice],
    [{ actor_id: team.id, actor_type: 'Team' }, acme.tokens.bob, acme.tokens.alice],
    [{ actor_id: acme.accountId('alice'), actor_type: 'User' }, acme.tokens.alice, acme.tokens.bob],
    [{ actor_id: null, actor_type: 'OrganizationAdmin' }, acme.tokens.carol, acme.tokens.alice],
    [{ actor_id: 5, actor_type: 'RepositoryRole' }, acme.tokens.carol, acme.tokens.bob],
    [{ actor_id: 4, actor_type: 'RepositoryRole' }, acme.tokens.alice, app.token],
  ];
  for (const [index, [actor, may, mayNot]] of actors.entries()) {
    dropRulesets();
    const id = await acme.ruleset([{ type: 'update' }], { bypass_actors: [{ ...actor, bypass_mode: 'always' }] });
    await put(mayNot, 'main', `not-${index}.txt`, 409);
    await put(may, 'main', `may-${index}.txt`, 201);
    const can = async (token: string) =>
      (await ask(`GET ${repo}/rulesets/{ruleset_id}`, { ruleset_id: id }, token)).current_user_can_bypass;
    expect([await can(may), await can(mayNot)]).toEqual(['always', 'never']);
  }
  dropRulesets();
  const person = { actor_id: acme.accountId('alice'), actor_type: 'User', bypass_mode: 'pull_request' };
  const id = await acme.ruleset([{ type: 'update' }], { bypass_actors: [person] });
  const shown = await ask(`GET ${repo}/rulesets/{ruleset_id}`, { ruleset_id: id }, acme.tokens.alice);
  expect(shown).toMatchObject({ current_user_can_bypass: 'pull_requests_only' });
  expect(shown).not.toHaveProperty('bypass_actors');
  await put('alice', 'main', 'direct-2.txt', 409);
  const { number } = await acme.pull('alice', 'by-pull');
  await acme.ask('bob', 'PUT', `/repos/acme/app/pulls/${number}/merge`, {}, 405);
  await acme.ask('alice', 'PUT', `/repos/acme/app/pulls/${number}/merge`, {}, 200);
  const foreign = { actor_id: 15368, actor_type: 'Integration', bypass_mode: 'always' };
  const refused = await acme.ask(
    'carol',
    'POST',
    '/repos/acme/app/rulesets',
    { name: 'x', target: 'branch', enforcement: 'active', rules: [], bypass_actors: [foreign] },
    422,
  );
  expect(refused.errors).toEqual([
    'Actor GitHub Actions integration must be part of the ruleset source or owner organization',
  ]);
  for (const [target, change] of [
    ['tag', { bypass_actors: [person] }],
    ['push', { rules: [{ type: 'deletion' }] }],
    ['branch', { rules: [{ type: 'max_file_size', parameters: { max_file_size: 1 } }] }],
    ['branch', { rules: [{ type: 'merge_queue', parameters: {} }] }],
    ['branch', { rules: [{ type: 'code_scanning' }] }],
  ] as const)
    await acme.ask(
      'carol',
      'POST',
      '/repos/acme/app/rulesets',
      { name: 'y', target, enforcement: 'active', ...change },
      422,
    );
});

test('evaluate mode lets everything through and keeps what it would have said; suites name each rule', async () => {
  const bypass_actors = [{ actor_id: acme.accountId('bob'), actor_type: 'User', bypass_mode: 'always' }];
  await acme.ruleset([{ type: 'deletion' }, { type: 'non_fast_forward' }]);
  const watching = await acme.ruleset([{ type: 'update' }], { enforcement: 'evaluate', bypass_actors });
  await put('alice', 'main', 'seen.txt', 201);
  await put('bob', 'main', 'seen-too.txt', 201);
  const before = acme.tip('main');
  await said('alice', 'DELETE', '/repos/acme/app/git/refs/heads/main', undefined, 422);
  const suites = await ask(`GET ${repo}/rulesets/rule-suites`, { ref: 'main' });
  expect(suites.slice(0, 2)).toMatchObject([
    { actor_name: 'bob', result: 'pass', evaluation_result: 'bypass', after_sha: before },
    { actor_name: 'alice', result: 'pass', evaluation_result: 'fail', ref: 'refs/heads/main' },
  ]);
  const one = await ask(`GET ${repo}/rulesets/rule-suites/{rule_suite_id}`, { rule_suite_id: suites[1].id });
  expect(one.rule_evaluations).toMatchObject([
    { rule_type: 'deletion', result: 'pass', enforcement: 'active' },
    { rule_type: 'non_fast_forward', result: 'pass' },
    {
      rule_type: 'update',
      result: 'fail',
      enforcement: 'evaluate',
      details: 'Cannot update this protected ref.',
      rule_source: { type: 'ruleset', id: watching },
    },
  ]);
  const refused = await ask(`GET ${repo}/rulesets/rule-suites`, { rule_suite_result: 'fail', actor_name: 'alice' });
  expect(refused[0]).toMatchObject({ ref: 'refs/heads/main', result: 'fail', actor_name: 'alice' });
  const owner = acme.admin.createToken('carol', { scopes: ['repo', 'admin:org'] });
  expect((await ask('GET /orgs/{org}/rulesets/rule-suites', { repository_name: 'app' }, owner)).length).toBeGreaterThan(
    1,
  );
  await ask('GET /orgs/{org}/rulesets/rule-suites/{rule_suite_id}', { rule_suite_id: suites[0].id }, owner);
  await acme.ask('alice', 'GET', '/repos/acme/app/rulesets/rule-suites', undefined, 403);
});

test('an exempt actor leaves no trace', async () => {
  const bypass_actors = [{ actor_id: acme.accountId('bob'), actor_type: 'User', bypass_mode: 'exempt' }];
  const id = await acme.ruleset([{ type: 'update' }], { bypass_actors });
  const { size } = acme.forge.store.ruleSuites;
  await put('bob', 'main', 'exempt.txt', 201);
  expect(acme.forge.store.ruleSuites.size).toBe(size);
  const shown = await ask(`GET ${repo}/rulesets/{ruleset_id}`, { ruleset_id: id }, acme.tokens.bob);
  expect(shown.current_user_can_bypass).toBe('exempt');
});

test('rulesets of repository and organisation are layered, and each has a history', async () => {
  const owner = acme.admin.createToken('carol', { scopes: ['repo', 'admin:org'] });
  const parts = { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } };
  const everywhere = { ...parts, repository_name: { include: ['~ALL'], exclude: ['spare'] } };
  const body = { name: 'org', target: 'branch', enforcement: 'active', rules: [{ type: 'deletion' }] };
  const org = await ask('POST /orgs/{org}/rulesets', { ...body, conditions: everywhere }, owner);
  const own = await acme.ruleset([{ type: 'non_fast_forward' }]);
  const rules = await ask(`GET ${repo}/rules/branches/{branch}`, { branch: 'main' });
  expect(rules).toMatchObject([
    { type: 'deletion', ruleset_source_type: 'Organization', ruleset_source: 'acme', ruleset_id: org.id },
    { type: 'non_fast_forward', ruleset_source_type: 'Repository', ruleset_source: 'acme/app', ruleset_id: own },
  ]);
  expect(await ask(`GET ${repo}/rulesets`, { includes_parents: false })).toHaveLength(1);
  await ask(`PUT ${repo}/rulesets/{ruleset_id}`, { ruleset_id: own, enforcement: 'disabled' });
  const history = await ask(`GET ${repo}/rulesets/{ruleset_id}/history`, { ruleset_id: own });
  expect(history).toHaveLength(2);
  const first = { ruleset_id: own, version_id: history[1].version_id };
  const { state, actor } = await ask(`GET ${repo}/rulesets/{ruleset_id}/history/{version_id}`, first);
  expect(state).toMatchObject({ enforcement: 'active', rules: [{ type: 'non_fast_forward' }], bypass_actors: [] });
  expect(actor.id).toBe(acme.accountId('carol'));
  const orgHistory = await ask('GET /orgs/{org}/rulesets/{ruleset_id}/history', { ruleset_id: org.id }, owner);
  const version = { ruleset_id: org.id, version_id: orgHistory[0].version_id };
  await ask('GET /orgs/{org}/rulesets/{ruleset_id}/history/{version_id}', version, owner);
  expect(await said('carol', 'DELETE', '/repos/acme/app/git/refs/heads/main', undefined, 422)).toMatch(
    /Cannot delete|refusing/,
  );
});

test('CODEOWNERS: where it is looked for, who can own, and what is wrong with it', async () => {
  const text = [
    '# owners',
    '* @alice',
    '***/*.rb @alice',
    '!docs @alice',
    '*.txt docs@',
    '*.go @nobody @acme/none',
    '/db/ @acme/database # with a word',
  ].join('\n');
  await acme.commit('carol', 'owners', 'docs/CODEOWNERS', '* @bob\n');
  await acme.commit('carol', 'owners', '.github/CODEOWNERS', text);
  const { errors } = await ask(`GET ${repo}/codeowners/errors`, { ref: 'owners' });
  expect(errors.map((one: { kind: string; line: number; column: number }) => [one.line, one.column, one.kind])).toEqual(
    [
      [3, 1, 'Invalid pattern'],
      [4, 1, 'Invalid pattern'],
      [5, 7, 'Invalid owner'],
      [6, 6, 'Unknown owner'],
      [6, 14, 'Unknown owner'],
    ],
  );
  expect(errors[0]).toMatchObject({
    path: '.github/CODEOWNERS',
    suggestion: 'Did you mean `**/*.rb`?',
    message: 'Invalid pattern on line 3: Did you mean `**/*.rb`?\n\n  ***/*.rb @alice\n  ^',
  });
  await acme.ask('carol', 'GET', '/repos/acme/app/codeowners/errors', undefined, 404);
});

test('a pinned workflow must have run, from where it is pinned: the pull request’s own file counts for nothing', async () => {
  await acme.ask('carol', 'POST', '/orgs/acme/repos', { name: 'policies', private: true }, 201);
  const file = '.github/workflows/guard.yml';
  const pinned = await acme.commit('carol', 'main', file, 'on: pull_request\njobs: {}\n', 'acme/policies');
  const workflows = [{ path: file, repository_id: acme.repository('policies').id }];
  await acme.ruleset([{ type: 'workflows', parameters: { workflows } }]);
  await acme.commit('carol', 'forged', file, 'on: pull_request\njobs: {} # forged\n');
  const { number } = await acme.ask(
    'carol',
    'POST',
    '/repos/acme/app/pulls',
    { title: 'forged', head: 'forged', base: 'main' },
    201,
  );
  const merge = `/repos/acme/app/pulls/${number}/merge`;
  expect(await said('carol', 'PUT', merge, {}, 405)).toBe(`Required workflow "${file}" is expected.`);
  const run = async (required: boolean): Promise<number> => {
    for await (const command of acme.runs.commands(AbortSignal.timeout(10_000))) {
      if (command.kind !== 'event') continue;
      const { event } = command;
      const mine = event.name === 'pull_request' && event.pullRequests.includes(number);
      const wanted = mine && (event.workflow !== undefined) === required;
      const [opened] = await acme.runs.openRuns(
        event.id,
        wanted ? [{ path: file, workflowName: 'Guard', title: 'x' }] : [],
      );
      if (opened === undefined) continue;
      const [source] = await acme.runs.workflows(event.repository, event.workflowSha);
      expect(source?.text.includes('forged')).toBe(!required);
      if (required) expect(event.workflowSha).toBe(pinned);
      return opened.id;
    }
    throw new Error('no run');
  };
  const own = await run(false);
  await acme.runs.setRun(own, { status: 'completed', conclusion: 'success' });
  expect(await said('carol', 'PUT', merge, {}, 405)).toContain('is expected.');
  const real = await run(true);
  expect(await said('carol', 'PUT', merge, {}, 405)).toContain('is queued.');
  await acme.runs.setRun(real, { status: 'completed', conclusion: 'failure' });
  expect(await said('carol', 'PUT', merge, {}, 405)).toContain('is failing.');
  acme.forge.store.transaction(() => {
    const row = acme.forge.store.runs.get(real);
    if (row !== undefined) acme.forge.store.runs.put({ ...row, conclusion: 'success' });
  });
  await acme.ask('carol', 'PUT', merge, {}, 200);
});

test('branches are merged without a pull request, and forks fetch what their parent has', async () => {
  await acme.commit('alice', 'one', 'one.txt', 'one');
  await acme.commit('alice', 'two', 'two.txt', 'two');
  await ask(`POST ${repo}/merges`, { base: 'one', head: 'two', commit_message: 'Both' });
  await acme.ask('alice', 'POST', '/repos/acme/app/merges', { base: 'one', head: 'two' }, 204);
  await acme.ask('alice', 'POST', '/repos/acme/app/merges', { base: 'none', head: 'two' }, 404);
  await acme.ask('bob', 'POST', '/repos/acme/app/forks', {}, 202);
  await acme.commit('carol', 'main', 'upstream.txt', 'new');
  const parameters = { update_allows_fetch_and_merge: true };
  await acme.ask(
    'bob',
    'POST',
    '/repos/bob/app/rulesets',
    { name: 'sync', target: 'branch', enforcement: 'active', ...all, rules: [{ type: 'update', parameters }] },
    201,
  );
  const sync = () => ask(`POST ${repo}/merge-upstream`, { owner: 'bob', branch: 'main' }, acme.tokens.bob);
  expect(await sync()).toMatchObject({ merge_type: 'fast-forward', base_branch: 'acme:main' });
  expect(await sync()).toMatchObject({ merge_type: 'none' });
  const body = write('main', 'own.txt', 'x');
  expect(await said('bob', 'PUT', '/repos/bob/app/contents/own.txt', body, 409)).toBe(
    'Cannot update this protected ref.',
  );
});

test('every word has a source, and those that are not verified are there to be listed', () => {
  expect(allWords().every(({ text, source }) => text !== '' && 'DFOKL'.includes(source))).toBe(true);
  expect(unverifiedWords().map(({ name }) => name)).toContain('behind');
});
