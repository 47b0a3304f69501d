import { afterAll, beforeAll, expect, test } from 'vitest';
import { pullRequestRule } from '../../src/forge/testing/acme.ts';
import { merge, type Pull, sayRefusal, split } from '../../src/lab/scenarios/deeds.ts';
import type { Person } from '../../src/lab/scenarios/person.ts';
import { type AttackLab, job, openAttackLab, pullFrom, write } from './attack-lab.ts';

// Faults of published pipelines that need no attacker, on minimal ones of our own.

const account = '123456789012';
const provider = `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`;
const roleOf = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
const trust = (operator: 'StringLike' | 'StringEquals', sub: string) => ({
  Statement: [
    {
      Effect: 'Allow' as const,
      Principal: { Federated: provider },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { [operator]: { 'token.actions.githubusercontent.com:sub': sub } } as never,
    },
  ],
});

let stage: AttackLab;
let alice: Person;
beforeAll(async () => {
  stage = await openAttackLab({
    awsRoles: new Map([
      [roleOf('published'), { trust: trust('StringLike', 'repo:published/trust:*') }],
      [roleOf('narrow'), { trust: trust('StringEquals', 'repo:published/trust:environment:production') }],
    ]),
  });
  alice = stage.alice;
}, 60_000);
afterAll(() => stage.close());

async function commit(repository: string, message: string, files: Readonly<Record<string, string>>): Promise<void> {
  const clone = await alice.clone(repository);
  await clone.startBranch('work', 'origin/main');
  write(clone, files);
  await clone.commit(message);
  const { taken, said } = await clone.push('refs/heads/main');
  if (!taken) throw new Error(said);
}

async function textOf(repository: string, path: string): Promise<string> {
  const { data } = await alice.api.rest.repos.getContent({ ...split(repository), path, mediaType: { format: 'raw' } });
  return String(data);
}

test('a role that trusts every branch of a repository is assumed from one; a role that trusts an environment is not', async () => {
  const repository = await stage.repository('trust', { 'README.md': '' });
  const assume = (role: string): string => `on: push
permissions: { id-token: write }
${job(`      - uses: aws-actions/configure-aws-credentials@v4
        with: { aws-region: eu-west-1, role-to-assume: "${roleOf(role)}" }
      - run: echo "assumed ${role}"
`)}`;
  const printed = await stage.printed(() =>
    pullFrom(alice, repository, 'fix', {
      '.github/workflows/a.yml': assume('published'),
      '.github/workflows/b.yml': assume('narrow'),
    }),
  );
  expect(printed).toMatch(/^assumed published$/m);
  expect(printed).not.toMatch(/^assumed narrow$/m);
}, 60_000);

test('outputs of a matrix run into each other: both targets are rolled back to the digest of one', async () => {
  const repository = await stage.repository('matrix', { 'README.md': '' });
  const printed = await stage.printed(() =>
    commit(repository, 'Deploy', {
      '.github/workflows/cd.yml': `on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    strategy: { matrix: { target: [minimal, runtime] } }
    outputs: { previous: "\${{ steps.backup.outputs.previous }}" }
    steps: [{ id: backup, run: 'echo "previous=digest-of-\${{ matrix.target }}" >> "$GITHUB_OUTPUT"' }]
  rollback:
    needs: deploy
    runs-on: ubuntu-latest
    strategy: { matrix: { target: [minimal, runtime] } }
    steps: [{ run: 'echo "back: \${{ matrix.target }} to \${{ needs.deploy.outputs.previous }}"' }]
`,
    }),
  );
  const back = [...printed.matchAll(/^back: \w+ to (\S+)$/gm)].map(([, digest]) => digest);
  expect(back).toHaveLength(2);
  expect(new Set(back).size).toBe(1);
}, 60_000);

test('no artifact at all counts as enough, and the deploy goes on', async () => {
  const repository = await stage.repository('artifacts', { 'README.md': '' });
  const printed = await stage.printed(() =>
    commit(repository, 'Deploy', {
      '.github/workflows/cd.yml': `on: push
${job(`      - shell: bash
        run: |
          COUNT=$(printf '' | grep -c docker-image || echo "0")
          if [[ "$COUNT" -lt 2 ]]; then echo "too few"; exit 1; fi
          echo "should_deploy=true"
`)}`,
    }),
  );
  expect(printed).toMatch(/^should_deploy=true$/m);
}, 60_000);

test('a file that could not be edited is committed empty, and a tag that was not given as none', async () => {
  const repository = await stage.repository('open-pull', { 'envs/dev.json': '{"api":{"tag":"1"}\n' });
  await stage.printed(() =>
    commit(repository, 'Bump', {
      '.github/workflows/bump.yml': `on: { push: { paths: [".github/**"] } }
permissions: { contents: write }
${job(`      - uses: actions/checkout@v4
      - shell: sh {0}
        run: |
          node -e 'process.stdout.write(JSON.stringify(JSON.parse(require("fs").readFileSync("envs/dev.json"))))' > .dev.json
          mv .dev.json envs/dev.json
          git add .
          git -c user.name=bot -c user.email=bot@acme.test commit -m "Update dev to $TAG"
          git push origin HEAD:main
`)}`,
    }),
  );
  expect(await textOf(repository, 'envs/dev.json')).toBe('');
}, 60_000);

test('an older run that ends last puts the older release back', async () => {
  const repository = await stage.repository('late', {
    'envs/dev.json': '{"api":{"tag":"0"}}\n',
    '.github/workflows/bump.yml': `on: { workflow_dispatch: { inputs: { tag: { type: string, required: true } } } }
permissions: { contents: write }
${job(`      - uses: actions/checkout@v4
      - run: |
          echo "{\\"api\\":{\\"tag\\":\\"$TAG\\"}}" > envs/dev.json
          git -c user.name=bot -c user.email=bot@acme.test commit -am "Update dev to $TAG"
          git push origin HEAD:main
        env: { TAG: "\${{ inputs.tag }}" }
`)}`,
  });
  for (const tag of ['newer', 'older']) {
    await stage.printed(() =>
      alice.api.rest.actions.createWorkflowDispatch({
        ...split(repository),
        workflow_id: 'bump.yml',
        ref: 'main',
        inputs: { tag },
      }),
    );
  }
  expect(await textOf(repository, 'envs/dev.json')).toContain('older');
}, 60_000);

test('a change of dev deploys every environment anew, and what has no pin as null', async () => {
  const repository = await stage.repository('deploy-all', {
    'envs/dev.json': '{"api":{"tag":"1"}}\n',
    'envs/staging.json': '{"api":{"tag":"1"}}\n',
    'envs/prod.json': '{"api":{}}\n',
  });
  const printed = await stage.printed(() =>
    commit(repository, 'Update dev', {
      'envs/dev.json': '{"api":{"tag":"2"}}\n',
      '.github/workflows/deploy.yml': `on: { push: { branches: [main] } }
${job(
  `      - uses: actions/checkout@v4
      - run: |
          VERSION=$(node -p 'JSON.parse(require("fs").readFileSync("envs/\${{ matrix.env }}.json")).api.tag ?? null')
          echo "deployed $VERSION to \${{ matrix.env }}"
`,
  '    strategy: { matrix: { env: [dev, staging, prod] } }\n',
)}`,
    }),
  );
  for (const line of ['deployed 2 to dev', 'deployed 1 to staging', 'deployed null to prod'])
    expect(printed).toContain(line);
}, 60_000);

test('a dispatch that is refused is green', async () => {
  const repository = await stage.repository('refused-dispatch', { 'README.md': '' });
  const printed = await stage.printed(() =>
    commit(repository, 'Publish', {
      '.github/workflows/ci.yml': `on: push
${job(`      - run: |
          curl -X POST https://api.github.com/repos/published/nowhere/dispatches -H "Authorization: Bearer wrong" \\
            --data '{"event_type": "update"}'
      - run: echo "told"
`)}`,
    }),
  );
  expect(printed).toMatch(/^told$/m);
}, 60_000);

test('a newer push to main ends a publish between its push and its pull request', async () => {
  const repository = await stage.repository('cancelled', {
    'README.md': '',
    '.github/workflows/ci.yml': `on: { push: { branches: [main] } }
concurrency: { group: "ci-\${{ github.ref }}", cancel-in-progress: true }
${job(`      - run: echo "pushed $GITHUB_SHA"
      # Until it is cancelled.
      - run: '[ "$GITHUB_RUN_NUMBER" != 1 ] || sleep 600'
      - run: echo "proposed $GITHUB_SHA"
`)}`,
  });
  const printed = await stage.printed(async () => {
    await commit(repository, 'One', { 'README.md': '1' });
    await commit(repository, 'Two', { 'README.md': '2' });
  });
  const lines = (word: string): number => [...printed.matchAll(new RegExp(`^${word} [0-9a-f]{40}$`, 'gm'))].length;
  expect(lines('proposed')).toBe(1);
}, 60_000);

test('a required check of a workflow with a path filter stays away for ever', async () => {
  const repository = await stage.repository('path-filter', {
    '.github/workflows/catalog.yml': `on: { pull_request: { paths: ["catalog/**"] } }\njobs:\n  lint-test: { runs-on: ubuntu-latest, steps: [{ run: "true" }] }\n`,
  });
  await stage.owner.api.rest.repos.createRepoRuleset({
    ...split(repository),
    name: 'Default',
    target: 'branch',
    enforcement: 'active',
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    rules: [
      {
        type: 'required_status_checks',
        parameters: {
          strict_required_status_checks_policy: false,
          required_status_checks: [{ context: 'lint-test' }],
        },
      },
    ],
  });
  let pull: Pull | undefined;
  await stage.printed(async () => {
    pull = await pullFrom(alice, repository, 'words', { 'README.md': 'x' });
  });
  expect(sayRefusal(await merge(alice, pull as Pull))).toMatch(/^405 .*expected/s);
}, 60_000);

test('a bot that may open hotfix branches may push to them too', async () => {
  const repository = await stage.repository('hotfix-bypass', { 'README.md': '' });
  await stage.owner.api.rest.repos.createRepoRuleset({
    ...split(repository),
    name: 'Hotfixes',
    target: 'branch',
    enforcement: 'active',
    conditions: { ref_name: { include: ['refs/heads/hotfixes/*'], exclude: [] } },
    bypass_actors: [{ actor_id: 4, actor_type: 'RepositoryRole', bypass_mode: 'always' }],
    rules: [{ type: 'creation' }, pullRequestRule()],
  });
  const clone = await alice.clone(repository);
  await clone.startBranch('hotfixes/x', 'origin/main');
  expect((await clone.push('refs/heads/hotfixes/x')).taken).toBe(true);
  write(clone, { 'README.md': 'nobody reviewed this' });
  await clone.commit('Straight in');
  expect((await clone.push('refs/heads/hotfixes/x')).taken).toBe(true);
}, 60_000);

test('permissions of a whole workflow let the tests of a pull request mint tokens of identity', async () => {
  const repository = await stage.repository('identity', {
    'test.sh': 'true\n',
    '.github/workflows/ci.yml': `on: pull_request
permissions: { id-token: write, contents: read }
${job('      - uses: actions/checkout@v4\n      - run: sh test.sh\n')}`,
  });
  const printed = await stage.printed(() =>
    pullFrom(alice, repository, 'fix', {
      'test.sh': `curl -sS -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL" | grep -q '"value"' && echo minted\n`,
    }),
  );
  expect(printed).toMatch(/^minted$/m);
}, 60_000);
