import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Difference } from '../../settings/difference.ts';
import { appYaml, infraYaml, openSettingsWorld, type SettingsWorld } from './testing/settings-world.ts';

let world: SettingsWorld;
beforeAll(async () => {
  world = await openSettingsWorld();
});
afterAll(() => world.remove());

const both = ['--repository', 'acme/infra', 'acme/app'];
const app = ['--repository', 'acme/app'];
const journal = () => join(world.folder, 'journal.jsonl');
const plan = async (words: readonly string[], token: string) => {
  world.requests.reset();
  const { code, out, err } = await world.cli(['plan', ...words, '--json'], token);
  expect(err).toBe('');
  expect(world.requests.total({ mutating: true })).toBe(0);
  const value = JSON.parse(out) as {
    repositories: readonly { repository: string; differences: readonly Difference[] }[];
  };
  const differences = value.repositories.flatMap((one) => one.differences);
  return { code, value, of: (state: Difference['state']) => differences.filter((one) => one.state === state) };
};
const apply = (words: readonly string[], token = world.keeper.token) =>
  world.cli(['apply', ...words, '--journal', journal()], token);
const refuses = async (who: string, method: string, path: string, body: unknown, words: RegExp) => {
  const answer = await world.ask(who, method, path, body);
  expect(JSON.stringify(answer), `${who} ${method} ${path}`).toMatch(words);
};
const rulesetOf = async (repository: string, name: string) => {
  const all = await world.ask('carol', 'GET', `/repos/${repository}/rulesets`, undefined, 200);
  const { id } = all.find((one: { name: string }) => one.name === name);
  return world.ask('carol', 'GET', `/repos/${repository}/rulesets/${id}`, undefined, 200);
};

test('a plan says what differs, for people and for machines, and sends no writing request', async () => {
  const { code, of, value } = await plan(both, world.reader.token);
  expect(code).toBe(1);
  expect(value.repositories.map((one) => one.repository)).toEqual(['acme/infra', 'acme/app']);
  expect(
    of('differs')
      .filter((one) => one.area === 'ruleset')
      .map((one) => one.subject),
  ).toEqual([
    'trunkline: main',
    'trunkline: tags',
    'trunkline: workflows',
    'trunkline: main',
    'trunkline: hotfixes',
    'trunkline: hotfixes are opened by the delivery App',
    'trunkline: tags',
  ]);
  const { out } = await world.cli(['plan', ...both], world.reader.token);
  expect(out).toMatch(/2 repositories: \d+ differ, 0 unknown, \d+ as wanted/);
  expect(out).toMatch(
    /~ +environment prod +environment +none → branches: branch main; reviewers: Team platform; wait_timer: 5/,
  );
});

test('a dry run of apply prints the requests in their order, and writes nothing', async () => {
  world.requests.reset();
  const { code, out } = await world.cli(
    ['apply', ...both, '--dry-run', '--json', '--journal', journal()],
    world.keeper.token,
  );
  expect(code).toBe(0);
  expect(world.requests.total({ mutating: true })).toBe(0);
  const [infra] = JSON.parse(out).repositories;
  expect(infra.steps.map((one: { method: string; path: string }) => `${one.method} ${one.path}`)).toEqual([
    'PUT /actions/permissions',
    'PUT /actions/permissions/fork-pr-workflows-private-repos',
    'PATCH ',
    'PUT /environments/trunkline',
    'POST /environments/trunkline/deployment-branch-policies',
    'PUT /environments/dev',
    'POST /environments/dev/deployment-branch-policies',
    'PUT /environments/prod',
    'POST /environments/prod/deployment-branch-policies',
    'POST /rulesets',
    'POST /rulesets',
    'POST /rulesets',
  ]);
});

test('a token that may not write is told which permission it lacks', async () => {
  const { code, err } = await apply(both, world.reader.token);
  expect(code).toBe(1);
  expect(err).toContain('PERMISSION_MISSING');
  expect(err).toContain('administration=write');
});

test('apply sets everything right, reads it again and writes down each request before it is sent', async () => {
  const { code, out, err } = await apply(both);
  expect(code).toBe(0);
  expect(out).toContain('24 requests were sent; what was read again is as wanted');
  expect(err).toContain('acme/app: api / passed will be required once a pull request has got it');
  const lines = readFileSync(journal(), 'utf8')
    .trim()
    .split('\n')
    .map((one) => JSON.parse(one));
  const own = lines.filter((one) => one.repository === 'acme/app').map((one) => one.event);
  expect(own.slice(own.lastIndexOf('start'))).toEqual([
    'start',
    ...Array.from({ length: 12 }, () => ['send', 'done']).flat(),
    'end',
  ]);
  expect(statSync(journal()).mode & 0o777).toBe(0o600);
  expect(readFileSync(journal(), 'utf8')).not.toContain(world.keeper.token);
});

test('where the plan has them, GitHub itself counts approvals by path and team, and runs the checks of main', async () => {
  const teamId = (slug: string) =>
    world.forge.store.teams.by('organization', world.repository().ownerId).find((one) => one.slug === slug)?.id;
  const { rules } = await rulesetOf('acme/infra', 'trunkline: main');
  const { required_reviewers } = rules.find((one: { type: string }) => one.type === 'pull_request').parameters;
  expect(required_reviewers).toEqual(
    ['api-team', 'platform'].map((slug) => ({
      file_patterns: ['envs/prod.json'],
      minimum_approvals: 1,
      reviewer: { type: 'Team', id: teamId(slug) },
    })),
  );
  const workflows = await rulesetOf('acme/infra', 'trunkline: workflows');
  expect(workflows.rules[0].parameters.workflows).toEqual([
    { path: '.github/workflows/checks.yml', repository_id: world.repository('infra').id, ref: 'refs/heads/main' },
  ]);
});

test('a repository whose workflows rule GitHub does not take gets everything else', async () => {
  await world.ask('carol', 'POST', '/orgs/acme/repos', { name: 'plain', private: true }, 201);
  await world.commit('carol', 'main', 'trunkline.yaml', infraYaml, 'acme/plain');
  const words = ['apply', '--repository', 'acme/plain', '--journal', journal()];
  const { code, err } = await world.cli(words, world.keeper.token, async (input, init) => {
    const workflows = String(init?.body ?? '').includes('"type":"workflows"');
    return workflows && init?.method === 'POST'
      ? Response.json({ message: 'Validation Failed', errors: ["Invalid rules: 'Workflows'"] }, { status: 422 })
      : world.app.request(input as string, init);
  });
  expect(code).toBe(0);
  expect(err).toContain('acme/plain: ruleset "trunkline: workflows": make it: GitHub does not take it here');
  expect((await rulesetOf('acme/plain', 'trunkline: main')).enforcement).toBe('active');
});

test('what was applied differs no more but for what a pull request brings; said again it changes nothing', async () => {
  const { of } = await plan(both, world.keeper.token);
  expect(of('unknown')).toEqual([]);
  expect(of('differs').map((one) => `${one.area} ${one.subject} ${one.field}`)).toEqual([
    'ruleset trunkline: main required_status_checks',
    'codeowners acme/infra codeowners',
    'ruleset trunkline: main required_status_checks',
    'ruleset trunkline: hotfixes required_status_checks',
    'codeowners acme/app codeowners',
  ]);
  world.requests.reset();
  expect((await apply(both)).out).toContain('nothing was to be done');
  expect(world.requests.total({ mutating: true })).toBe(0);
});

test('what a token cannot read is unknown, never equal', async () => {
  const { code, of } = await plan(app, world.reader.token);
  expect(code).toBe(1);
  expect(of('unknown').map((one) => `${one.subject} ${one.field}`)).toEqual([
    'trunkline: main bypass',
    'trunkline: hotfixes bypass',
    'trunkline: hotfixes are opened by the delivery App bypass',
    'trunkline: tags bypass',
  ]);
  const stranger = await world.makeApp('stranger', { metadata: 'read', contents: 'read' });
  const { of: seen } = await plan(app, stranger.token);
  const fields = ['enabled', 'sha_pinning_required', 'default_workflow_permissions', 'environment'];
  for (const field of fields)
    expect(
      seen('equal').filter((one) => one.field === field),
      field,
    ).toEqual([]);
  expect(seen('unknown').find((one) => one.field === 'sha_pinning_required')?.note).toContain('administration=read');
});

test('the rules refuse: a push to main, by its owner too; one’s own approval; an approval that a push outlives', async () => {
  const content = Buffer.from('x').toString('base64');
  await refuses(
    'carol',
    'PUT',
    '/repos/acme/app/contents/x.txt',
    { message: 'x', content, branch: 'main' },
    /Changes must be made through a pull request/,
  );
  const sha = world.tip('main');
  const pull = await world.pull('alice', 'feature');
  const merge = `/repos/acme/app/pulls/${pull.number}/merge`;
  const reviews = `/repos/acme/app/pulls/${pull.number}/reviews`;
  await refuses('alice', 'POST', reviews, { event: 'APPROVE' }, /Can not approve your own pull request/);
  await refuses('carol', 'PUT', merge, { merge_method: 'squash' }, /At least 1 approving review is required/);
  await world.ask('bob', 'POST', reviews, { event: 'APPROVE' }, 200);
  await world.commit('alice', 'feature', 'after.txt', 'after the approval\n');
  await refuses('carol', 'PUT', merge, { merge_method: 'squash' }, /approving review is required/);
  await refuses('carol', 'PUT', merge, { merge_method: 'merge' }, /not allowed/i);
  await refuses(
    'carol',
    'PATCH',
    '/repos/acme/app/git/refs/heads/main',
    { sha: pull.head, force: true },
    /Changes must be made through a pull request/,
  );
  expect(world.tip('main')).toBe(sha);
});

test('hotfix branches are opened by the delivery App alone, and it may not push to them either', async () => {
  const sha = world.tip('main');
  const ref = { ref: 'refs/heads/hotfixes/team/crash', sha };
  await refuses('carol', 'POST', '/repos/acme/app/git/refs', ref, /creations being restricted/);
  const bot = world.delivery.token;
  await world.ask(bot, 'POST', '/repos/acme/app/git/refs', ref, 201);
  const content = Buffer.from('x').toString('base64');
  const body = { message: 'x', content, branch: 'hotfixes/team/crash' };
  await refuses(bot, 'PUT', '/repos/acme/app/contents/x.txt', body, /Changes must be made through a pull request/);
  await world.ask('alice', 'DELETE', '/repos/acme/app/git/refs/heads/hotfixes/team/crash', undefined, 204);
});

test('tags of releases stay where they are', async () => {
  const first = world.tip('main');
  await world.ask('alice', 'POST', '/repos/acme/app/git/refs', { ref: 'refs/tags/v1.0.0', sha: first }, 201);
  await refuses(
    'carol',
    'PATCH',
    '/repos/acme/app/git/refs/tags/v1.0.0',
    { sha: world.tip('feature'), force: true },
    /Cannot update this protected ref/,
  );
  await refuses('carol', 'DELETE', '/repos/acme/app/git/refs/tags/v1.0.0', undefined, /Cannot delete this/);
});

test('a check is required once a pull request has got it, of the App that wrote it', async () => {
  const pull = await world.ask('alice', 'GET', '/repos/acme/app/pulls/1', undefined, 200);
  const run = { name: 'api / passed', head_sha: pull.head.sha, status: 'completed', conclusion: 'success' };
  const forger = await world.makeApp('forger', { checks: 'write', metadata: 'read' });
  await world.ask(forger.token, 'POST', '/repos/acme/app/check-runs', run, 201);
  // Somebody else's check of that name is none of ours.
  expect((await apply(app)).out).toContain('nothing was to be done');
  world.forge.store.transaction(() => {
    const suite = [...world.forge.store.checkSuites.values()].at(-1);
    if (suite !== undefined) world.forge.store.checkSuites.put({ ...suite, appId: 15368 });
  });
  expect((await apply(app)).out).toContain('2 requests were sent');
  const { rules } = await rulesetOf('acme/app', 'trunkline: main');
  expect(rules.find((one: { type: string }) => one.type === 'required_status_checks').parameters).toEqual({
    strict_required_status_checks_policy: false,
    do_not_enforce_on_create: true,
    required_status_checks: [{ context: 'api / passed', integration_id: 15368 }],
  });
});

test('what somebody weakened by hand is found, and set right', async () => {
  const ruleset = await rulesetOf('acme/app', 'trunkline: main');
  const team = world.forge.store.teams.by('organization', world.repository().ownerId)[0]?.id;
  const bypass_actors = [{ actor_type: 'Team', actor_id: team, bypass_mode: 'always' }];
  const rules = ruleset.rules.filter((one: { type: string }) => one.type !== 'non_fast_forward');
  await world.ask('carol', 'PUT', `/repos/acme/app/rulesets/${ruleset.id}`, { rules, bypass_actors }, 200);
  await world.ask(
    'carol',
    'PUT',
    '/repos/acme/app/actions/permissions/workflow',
    { default_workflow_permissions: 'write', can_approve_pull_request_reviews: true },
    204,
  );
  await world.ask('carol', 'PUT', '/repos/acme/app/environments/publish', { deployment_branch_policy: null }, 200);
  const { of } = await plan(app, world.keeper.token);
  const found = of('differs').filter((one) => one.area !== 'codeowners');
  expect(found.map((one) => one.field).sort()).toEqual([
    'branches',
    'bypass',
    'can_approve_pull_request_reviews',
    'default_workflow_permissions',
    'non_fast_forward',
  ]);
  expect(found.filter((one) => one.loosens)).toEqual([]);
  // A later change of something else does not take it on.
  const dora = world.admin.createToken('dora', { scopes: ['repo'] });
  world.admin.addCollaborator('acme/app', 'dora', 'admin');
  await world.ask(dora, 'PUT', `/repos/acme/app/rulesets/${ruleset.id}`, { enforcement: 'disabled' }, 200);
  const asked = await plan([...app, '--who'], world.keeper.token);
  const who = Object.fromEntries(asked.of('differs').map((one) => [one.field, one.changed?.by ?? one.note]));
  expect(who).toMatchObject({
    bypass: 'carol',
    non_fast_forward: 'carol',
    enforcement: 'dora',
    branches: 'the audit log of acme alone tells (repo:acme/app)',
  });
  expect((await world.cli(['plan', ...app, '--who'], world.keeper.token)).out).toMatch(
    /~ +trunkline: main +enforcement +disabled → active; by dora at \d{4}-\d{2}-\d{2}T/,
  );
  const blind = await plan([...app, '--who'], world.reader.token);
  expect(blind.of('differs').find((one) => one.field === 'enforcement')).toMatchObject({
    changed: null,
    note: expect.stringContaining('administration') as string,
  });
  expect((await apply(app)).code).toBe(0);
  expect((await plan(app, world.keeper.token)).of('differs').map((one) => one.area)).toEqual(['codeowners']);
});

test('what would protect less is refused before anything is sent, unless it is meant', async () => {
  const ruleset = await rulesetOf('acme/app', 'trunkline: main');
  const rules = ruleset.rules.map((one: { type: string; parameters?: object }) =>
    one.type === 'pull_request'
      ? { ...one, parameters: { ...one.parameters, required_approving_review_count: 2 } }
      : one,
  );
  await world.ask('carol', 'PUT', `/repos/acme/app/rulesets/${ruleset.id}`, { rules }, 200);
  world.requests.reset();
  const { code, err } = await apply(app);
  expect(code).toBe(1);
  expect(err).toContain('ruleset "trunkline: main" pull_request.required_approving_review_count would protect less');
  expect(err).toContain('--loosen');
  expect(world.requests.total({ mutating: true })).toBe(0);
  expect((await apply([...app, '--loosen'])).code).toBe(0);
});

test('environments that nobody could approve, and names that GitHub does not know, are refused, all at once', async () => {
  world.admin.createTeam('acme', 'lonely', ['alice']);
  const yaml = infraYaml
    .replace('reviewers: [platform]', 'reviewers: [lonely, nobodys]')
    .replace('approve: { owner: 1, platform: 1 }', 'approve: { lonely: 2 }')
    .replace('apps: { delivery: delivery }', 'apps: { delivery: typo }')
    .replace('{ track: main, merge: auto }', '{ track: main, merge: auto, reviewers: [lonely] }');
  await world.ask('carol', 'POST', '/orgs/acme/repos', { name: 'strange', private: true }, 201);
  await world.commit('carol', 'main', 'trunkline.yaml', yaml, 'acme/strange');
  world.requests.reset();
  const { code, err } = await apply(['--repository', 'acme/strange']);
  expect(code).toBe(1);
  expect(err).toContain('apps.delivery: expected an App called "typo", found none');
  expect(err).toContain('environments.prod.reviewers: expected a team called "nobodys", found none');
  expect(err).toContain(
    'environments.dev.reviewers: expected two people at least, found alice alone in lonely: nobody could approve what alice starts',
  );
  expect(err).toContain('environments.prod.approve: expected 2 of lonely, found 1 in it');
  expect(world.requests.total({ mutating: true })).toBe(0);
});

test('--all goes on to every repository that the infra repository accepts', async () => {
  const { value } = await plan(['--repository', 'acme/infra', '--all'], world.keeper.token);
  expect(value.repositories.map((one) => one.repository)).toEqual(['acme/infra', 'acme/app']);
});

test('a repository without trunkline.yaml, or with a broken one, is said and does not keep the others from being read', async () => {
  await world.ask('carol', 'POST', '/orgs/acme/repos', { name: 'bare', private: true }, 201);
  await world.commit('carol', 'main', 'trunkline.yaml', `${appYaml}colour: red\n`, 'acme/bare');
  const { code, out } = await world.cli(
    ['plan', '--repository', 'acme/bare', 'acme/none', 'acme/app'],
    world.keeper.token,
  );
  expect(code).toBe(1);
  expect(out).toContain('unknown key "colour"');
  expect(out).toContain("Could not resolve to a Repository with the name 'acme/none'");
  expect(out).toContain('acme/app');
});

test('a ruleset that is not in force protects nothing; a renamed team and an archived repository are said', async () => {
  const ruleset = {
    name: 'trunkline: main',
    target: 'branch',
    enforcement: 'disabled',
    conditions: { ref_name: { include: ['refs/heads/other'], exclude: [] } },
    rules: [{ type: 'deletion' }],
  };
  await world.ask('carol', 'POST', '/orgs/acme/repos', { name: 'odd', private: true }, 201);
  await world.commit('carol', 'main', 'trunkline.yaml', infraYaml.replace('acme/app', 'acme/other'), 'acme/odd');
  await world.ask('carol', 'POST', '/repos/acme/odd/rulesets', ruleset, 201);
  const odd = ['--repository', 'acme/odd'];
  expect((await plan(odd, world.keeper.token)).of('differs').filter((one) => one.loosens)).toEqual([]);
  const owner = world.admin.createToken('carol', { scopes: ['repo', 'admin:org'] });
  await world.ask(owner, 'PATCH', '/orgs/acme/teams/platform', { name: 'Platform crew' }, 200);
  await world.ask('carol', 'PATCH', '/repos/acme/odd', { archived: true }, 200);
  const { code, err } = await apply(odd);
  expect(code).toBe(1);
  expect(err).toContain('acme/odd: it is archived, and nothing can be set there');
  expect(err).toContain('environments.prod.reviewers: expected a team called "platform", found none');
  expect(err).toContain('environments.prod.approve: expected a team called "platform", found none');
  expect(err).toContain('the slug of a team changes with its name');
  await world.ask(owner, 'PATCH', '/orgs/acme/teams/platform-crew', { name: 'platform' }, 200);
});

test('trust is written as files, by what GitHub itself says of subjects', async () => {
  const yaml = appYaml.replace('apps:', 'registry: { ecr: "123456789012/eu-west-1", prefix: shop }\napps:');
  await world.ask('carol', 'POST', '/orgs/acme/repos', { name: 'shop', private: true }, 201);
  await world.commit('carol', 'main', 'trunkline.yaml', yaml, 'acme/shop');
  const where = '/repos/acme/shop/actions/oidc/customization/sub';
  await world.ask('carol', 'PUT', where, { use_default: true, use_immutable_subject: true }, 201);
  world.requests.reset();
  const words = ['trust', '--repository', 'acme/shop', '--out', 'trust'];
  const { code, out, err } = await world.cli(words, world.reader.token);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(world.requests.total({ mutating: true })).toBe(0);
  expect(out.trim().split('\n')).toEqual(
    [
      'aws/ecr-shop-api.json',
      'aws/trunkline-publish-prune.permissions.json',
      'aws/trunkline-publish-prune.trust.json',
      'aws/trunkline-publish.permissions.json',
      'aws/trunkline-publish.trust.json',
      'aws/trunkline.tf.json',
      'federation.md',
    ].map((name) => `trust/acme-shop/${name}`),
  );
  const policy = readFileSync(join(world.folder, 'trust/acme-shop/aws/trunkline-publish.trust.json'), 'utf8');
  const { sub_claim_prefix: prefix } = await world.ask('carol', 'GET', where, undefined, 200);
  expect(prefix).toMatch(/^repo:acme@\d+\/shop@\d+$/);
  expect(policy).toContain(`"${prefix}:environment:publish"`);
  expect(policy).not.toContain('repo:acme/shop:');
});
