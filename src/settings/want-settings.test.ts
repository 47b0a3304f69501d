import { expect, test } from 'vitest';
import { parseConfig } from '../config/parse-config.ts';
import { type Directory, namesIn, planFeatures } from './names.ts';
import { type Wish, wantSettings } from './want-settings.ts';
import { checksOf } from './wanted.ts';

const directory: Directory = {
  teams: new Map(
    ['platform', 'api-team', 'web-team'].map((slug, index) => [slug, { id: index + 1, members: ['a', 'b'] }]),
  ),
  apps: new Map([
    ['delivery', 100],
    ['rollback', 200],
  ]),
};
const facts = { owner: { login: 'acme', id: 1, organization: true }, branch: 'main', id: 7 };

function wish(text: string, plan?: string, own = directory): Wish {
  const found = wantSettings(parseConfig('trunkline.yaml', text), facts, own, planFeatures(true, plan));
  if (found === undefined) throw new Error('nothing is wanted');
  return found;
}

const infra = (more = '', app = 'apps: { delivery: delivery, rollback: rollback }') => `kind: Environments
accept: { acme/app: { services: { api: api-team, web: web-team } } }
manifests: { json: "envs/{environment}/{service}.json", path: image }
${app}
environments:
  dev: { track: main, merge: auto }
  prod: { from: dev, approve: { owner: 1, platform: 2 }${more} }
`;
const app = (more = '') => `kind: Services
infra: acme/infra
apps: { delivery: delivery }
services: { api: { path: api${more} } }
`;

const ruleset = ({ wanted }: Wish, name: string) => wanted.rulesets.find((one) => one.name === `trunkline: ${name}`);
const pullRequest = (one: Wish) => ruleset(one, 'main')?.rules.find(({ type }) => type === 'pull_request')?.parameters;

test('approvals of an infra repository are the policy’s, counted by GitHub as well where the plan can', () => {
  expect(pullRequest(wish(infra()))).toMatchObject({ required_approving_review_count: 0 });
  expect(pullRequest(wish(infra()))).not.toHaveProperty('required_reviewers');
  expect(pullRequest(wish(infra(), 'team'))?.['required_reviewers']).toEqual([
    { file_patterns: ['envs/prod/api.json'], minimum_approvals: 1, reviewer: { type: 'Team', id: 2 } },
    { file_patterns: ['envs/prod/web.json'], minimum_approvals: 1, reviewer: { type: 'Team', id: 3 } },
    {
      file_patterns: ['envs/prod/api.json', 'envs/prod/web.json'],
      minimum_approvals: 2,
      reviewer: { type: 'Team', id: 1 },
    },
  ]);
});

test('owners of pins that share a file cannot be told apart by path, and are the policy’s alone', () => {
  const shared = infra().replace(
    'envs/{environment}/{service}.json", path: image',
    'envs/{environment}.json", path: "{service}"',
  );
  expect(pullRequest(wish(shared, 'team'))?.['required_reviewers']).toEqual([
    { file_patterns: ['envs/prod.json'], minimum_approvals: 2, reviewer: { type: 'Team', id: 1 } },
  ]);
});

test('the workflows rule is wanted where the plan has it, in a ruleset of its own', () => {
  expect(ruleset(wish(infra(), 'team'), 'workflows')).toBeUndefined();
  expect(ruleset(wish(infra(), 'enterprise'), 'workflows')).toMatchObject({ optional: true, bypass: [] });
  expect(planFeatures(true, undefined)).toMatchObject({ requiredReviewers: false, workflowsRule: false });
  expect(planFeatures(false, undefined)).toMatchObject({ requiredReviewers: true, workflowsRule: false });
  expect(planFeatures(true, 'free')).toMatchObject({ requiredReviewers: false });
});

test('an automatic rollback’s App passes main by on pull requests, and nobody else does', () => {
  expect(ruleset(wish(infra()), 'main')?.bypass).toEqual([]);
  expect(ruleset(wish(infra(', rollback: automatic')), 'main')?.bypass).toEqual([
    { actor_type: 'Integration', actor_id: 200, bypass_mode: 'pull_request' },
  ]);
});

test('the policy’s check is of the delivery App; an App that is not named is a problem, not a check of anybody', () => {
  expect(checksOf(ruleset(wish(infra()), 'main')?.rules ?? [])).toEqual([
    { context: 'checks', integration_id: 15368 },
    { context: 'trunkline / policy', integration_id: 100 },
  ]);
  const nameless = wish(infra('', ''));
  expect(nameless.problems.map((one) => one.message)).toEqual([
    'expected apps.delivery in trunkline.yaml, found none: rules have to name the App',
  ]);
  expect(checksOf(ruleset(nameless, 'main')?.rules ?? [])).toHaveLength(1);
});

test('an application repository: an approval that no push outlives, a check for each service, hotfixes, tags', () => {
  const one = wish(app());
  expect(pullRequest(one)).toMatchObject({
    required_approving_review_count: 1,
    dismiss_stale_reviews_on_push: true,
    require_last_push_approval: true,
    allowed_merge_methods: ['squash'],
  });
  expect(one.wanted.rulesets.map(({ name, include }) => [name, ...include])).toEqual([
    ['trunkline: main', '~DEFAULT_BRANCH'],
    ['trunkline: hotfixes', 'refs/heads/hotfixes/**/*'],
    ['trunkline: hotfixes are opened by the delivery App', 'refs/heads/hotfixes/**/*'],
    ['trunkline: tags', 'refs/tags/v*'],
  ]);
  expect(one.wanted.environments.map(({ name }) => name)).toEqual(['trunkline', 'publish']);
});

test('a repository of both kinds has each ruleset once, with the checks of both, and every service an owner', () => {
  const both = wish(`${infra()}---\n${app(', owner: api-team')}`);
  expect(both.problems).toEqual([]);
  const mains = both.wanted.rulesets.filter((one) => one.name === 'trunkline: main');
  expect(mains).toHaveLength(1);
  expect(checksOf(mains[0]?.rules ?? []).map((one) => one.context)).toEqual([
    'checks',
    'trunkline / policy',
    'api / passed',
  ]);
  expect(pullRequest(both)).toMatchObject({ required_approving_review_count: 0, require_code_owner_review: true });
  const [problem] = wish(`${infra()}---\n${app()}`).problems;
  expect(problem?.message).toContain('expected an owner of api');
});

test('names that are asked of GitHub are those that the configuration speaks of', () => {
  expect(namesIn(parseConfig('trunkline.yaml', infra(', reviewers: [ops]')))).toEqual({
    teams: ['api-team', 'ops', 'platform', 'web-team'],
    apps: ['delivery', 'rollback'],
  });
});
