import { afterAll, beforeAll, expect, test } from 'vitest';
import { pullRequestRule } from '../../src/forge/testing/acme.ts';
import { approve, merge, sayRefusal, split } from '../../src/lab/scenarios/deeds.ts';
import type { Person } from '../../src/lab/scenarios/person.ts';
import { type AttackLab, job, openAttackLab, pullFrom, write } from './attack-lab.ts';

// Rules and approvals as published pipelines have them, on minimal ones of our own, and who gets past them.

let stage: AttackLab;
beforeAll(async () => {
  stage = await openAttackLab();
}, 60_000);
afterAll(() => stage.close());

type Ruleset = NonNullable<Parameters<Person['api']['rest']['repos']['createRepoRuleset']>[0]>;

/** As published: one approval, which later pushes leave standing, and what is given. */
function protectMain(repository: string, more: Pick<Ruleset, 'rules' | 'bypass_actors'> = {}): Promise<unknown> {
  return stage.owner.api.rest.repos.createRepoRuleset({
    ...split(repository),
    name: 'Default',
    target: 'branch',
    enforcement: 'active',
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    ...more,
    rules: [pullRequestRule(), ...(more.rules ?? [])],
  });
}

const requires = (context: string): NonNullable<Ruleset['rules']>[number] => ({
  type: 'required_status_checks',
  parameters: { strict_required_status_checks_policy: false, required_status_checks: [{ context }] },
});

test('a bot’s pull request to prod is approved by whoever asked for it', async () => {
  const repository = await stage.repository('self-approved', {
    'envs/prod.json': '{"api":{"tag":"1"}}\n',
    '.github/workflows/promote.yml': `on: workflow_dispatch
permissions: { contents: write, pull-requests: write }
${job(`      - uses: actions/checkout@v4
      - run: |
          git switch -c bump
          echo '{"api":{"tag":"2"}}' > envs/prod.json
          git -c user.name=bot -c user.email=bot@acme.test commit -am "Update prod"
          git push origin bump
          gh pr create --title "Update prod" --body "" --head bump --base main
        env: { GH_TOKEN: "\${{ github.token }}" }
`)}`,
  });
  const where = split(repository);
  const { alice, lab } = stage;
  const { store } = lab.forge.forge;
  for (const row of store.repositories.by('fullName', repository))
    store.transaction(() => store.repositories.put({ ...row, canApprovePullRequestReviews: true }));
  await protectMain(repository);
  await stage.printed(() =>
    alice.api.rest.actions.createWorkflowDispatch({ ...where, workflow_id: 'promote.yml', ref: 'main' }),
  );
  const { data } = await alice.api.rest.pulls.list(where);
  const pull = { repository, number: data[0]?.number ?? 0 } as Parameters<typeof approve>[1];
  expect(sayRefusal(await approve(alice, pull))).toBe('it was done');
  expect(sayRefusal(await merge(alice, pull))).toBe('it was done');
}, 60_000);

test('a bot that may bypass the rules writes to prod at once, checks or no checks', async () => {
  const repository = await stage.repository('admin-merge', { 'envs/prod.json': '{"api":{"tag":"1"}}\n' });
  const { bob } = stage;
  // The bot of the published system is an account that may write.
  const bypass_actors = [{ actor_id: 4, actor_type: 'RepositoryRole', bypass_mode: 'always' } as const];
  await protectMain(repository, { rules: [requires('test')], bypass_actors });
  const pull = await pullFrom(bob, repository, 'bump', { 'envs/prod.json': '{"api":{"tag":"2"}}\n' });
  expect(sayRefusal(await merge(bob, pull))).toBe('it was done');
}, 60_000);

test('a required check is forged by a job of its name, and the approval is kept for what comes after it', async () => {
  const repository = await stage.repository('forged-check', {
    'test.sh': 'true\n',
    '.github/workflows/api.yml': `on: pull_request\njobs:\n  api:\n    runs-on: ubuntu-latest\n    steps: [{ uses: actions/checkout@v4 }, { run: sh test.sh }]\n`,
  });
  const { alice, bob, lab } = stage;
  await protectMain(repository, { rules: [requires('api')] });
  const pull = await pullFrom(alice, repository, 'fix', { 'README.md': 'x' });
  await lab.idle();
  expect(await approve(bob, pull)).toBeUndefined();
  const clone = await alice.clone(repository);
  write(clone, {
    'test.sh': 'false\n',
    '.github/workflows/api.yml':
      'on: pull_request\njobs:\n  api: { runs-on: ubuntu-latest, steps: [{ run: "true" }] }\n',
  });
  await clone.commit('More');
  await clone.push('refs/heads/fix');
  await lab.idle();
  expect(sayRefusal(await merge(alice, pull))).toBe('it was done');
}, 60_000);

test('two deploys to production go on at the same time', async () => {
  const repository = await stage.repository('two-deploys', {
    '.github/workflows/cd.yml': `on: { push: { tags: ["v*"] } }
concurrency: { group: "cd-\${{ github.ref }}-production", cancel-in-progress: false }
${job(`      - run: |
          mkdir -p "$MEET"
          touch "$MEET/$GITHUB_REF_NAME"
          for _ in $(seq 100); do
            if [ -e "$MEET/v1" ] && [ -e "$MEET/v2" ]; then echo both-deploy; exit 0; fi
            sleep 0.2
          done
        env: { MEET: ${JSON.stringify(`${stage.folder}/meet`)} }
`)}`,
  });
  const printed = await stage.printed(async () => {
    const clone = await stage.alice.clone(repository);
    await Promise.all(['v1', 'v2'].map((tag) => clone.push(`refs/tags/${tag}`)));
  });
  expect(printed).toContain('both-deploy');
}, 60_000);
