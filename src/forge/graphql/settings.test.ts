import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Acme, checksRule, openAcme, pullRequestRule } from '../testing/acme.ts';

let acme: Acme;
beforeAll(async () => {
  acme = await openAcme();
});
afterAll(() => acme.remove());

type Found = Readonly<Record<string, unknown>>;

async function query(token: string, fields: string) {
  const { data, errors } = await acme.graphql(token, `{ repository(owner: "acme", name: "app") { ${fields} } }`);
  return { repository: data?.['repository'] as Readonly<Record<string, { nodes: readonly Found[] }>>, errors };
}

test('rulesets show their conditions and parameters under the names of GraphQL', async () => {
  await acme.ruleset(
    [pullRequestRule({ allowed_merge_methods: ['squash'] }), checksRule('test', 15368), { type: 'deletion' }],
    {
      name: 'main',
    },
  );
  const { repository, errors } = await query(
    acme.tokens.alice,
    `rulesets(first: 5, includeParents: false) { nodes { name conditions { refName { include exclude } } rules(first: 9) { nodes { type parameters {
      __typename
      ... on PullRequestParameters { requiredApprovingReviewCount dismissStaleReviewsOnPush allowedMergeMethods }
      ... on RequiredStatusChecksParameters { doNotEnforceOnCreate requiredStatusChecks { context integrationId } } } } } } }`,
  );
  expect(errors).toBeUndefined();
  expect(repository['rulesets']?.nodes).toEqual([
    {
      name: 'main',
      conditions: { refName: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
      rules: {
        nodes: [
          {
            type: 'PULL_REQUEST',
            parameters: {
              __typename: 'PullRequestParameters',
              requiredApprovingReviewCount: 1,
              dismissStaleReviewsOnPush: false,
              allowedMergeMethods: ['squash'],
            },
          },
          {
            type: 'REQUIRED_STATUS_CHECKS',
            parameters: {
              __typename: 'RequiredStatusChecksParameters',
              doNotEnforceOnCreate: false,
              requiredStatusChecks: [{ context: 'test', integrationId: 15368 }],
            },
          },
          { type: 'DELETION', parameters: null },
        ],
      },
    },
  ]);
});

test('who may pass by is told to administrators, and to Apps only in number', async () => {
  const app = await acme.makeApp('keeper', { administration: 'write', metadata: 'read' });
  await acme.ruleset([{ type: 'creation' }], {
    name: 'hotfixes',
    bypass_actors: [{ actor_type: 'Integration', actor_id: app.id, bypass_mode: 'always' }],
  });
  const actors = `rulesets(first: 5, includeParents: false) { nodes { name bypassActors(first: 5) { totalCount nodes { bypassMode actor { ... on App { slug } } } } } }`;
  const seen = async (token: string) => {
    const { repository, errors } = await query(token, actors);
    const found = repository['rulesets']?.nodes.find((one) => one['name'] === 'hotfixes');
    return { actors: found?.['bypassActors'], refused: errors?.[0]?.type };
  };
  expect(await seen(acme.tokens.carol)).toEqual({
    actors: { totalCount: 1, nodes: [{ bypassMode: 'ALWAYS', actor: { slug: 'keeper' } }] },
    refused: undefined,
  });
  expect(await seen(acme.tokens.alice)).toEqual({ actors: null, refused: undefined });
  expect(await seen(app.token)).toEqual({
    actors: { totalCount: 1, nodes: [{ bypassMode: 'ALWAYS', actor: null }] },
    refused: 'FORBIDDEN',
  });
});

test('environments show who is asked and how long they wait; of branches only that they are limited', async () => {
  const team = acme.admin.createTeam('acme', 'platform', ['alice']);
  await acme.ask('carol', 'PUT', '/repos/acme/app/environments/prod', {
    wait_timer: 5,
    prevent_self_review: true,
    reviewers: [
      { type: 'Team', id: team.id },
      { type: 'User', id: acme.accountId('bob') },
    ],
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  });
  const { repository, errors } = await query(
    acme.tokens.carol,
    `forkingAllowed environments(first: 5) { nodes { name protectionRules(first: 5) { nodes { type timeout preventSelfReview
      reviewers(first: 5) { nodes { ... on Team { slug } ... on User { login } } } } } } }`,
  );
  expect(errors).toBeUndefined();
  expect(repository).toEqual({
    forkingAllowed: true,
    environments: {
      nodes: [
        {
          name: 'prod',
          protectionRules: {
            nodes: [
              { type: 'WAIT_TIMER', timeout: 5, preventSelfReview: null, reviewers: { nodes: [] } },
              {
                type: 'REQUIRED_REVIEWERS',
                timeout: 0,
                preventSelfReview: true,
                reviewers: { nodes: [{ slug: 'platform' }, { login: 'bob' }] },
              },
              { type: 'BRANCH_POLICY', timeout: 0, preventSelfReview: null, reviewers: { nodes: [] } },
            ],
          },
        },
      ],
    },
  });
});
