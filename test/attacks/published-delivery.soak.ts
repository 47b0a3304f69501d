import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { split } from '../../src/lab/scenarios/deeds.ts';
import { createRegistryClient } from '../../src/registry/registry-client.ts';
import { type AttackLab, job, openAttackLab, write } from './attack-lab.ts';

// What published pipelines deliver otherwise than they say, each on a minimal one of our own that is written as they are.

const narrow = 'arn:aws:iam::123456789012:role/narrow';
const trust = {
  Statement: {
    Effect: 'Allow',
    Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com' },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { 'token.actions.githubusercontent.com:sub': 'repo:published/put-back:environment:production' },
    },
  },
} as const;

let stage: AttackLab;
beforeAll(async () => {
  stage = await openAttackLab({ awsRoles: new Map([[narrow, { trust }]]) });
}, 60_000);
afterAll(() => stage.close());

/** Pushes a commit with these files; answers it. */
async function push(repository: string, ref: string, files: Readonly<Record<string, string>>, message = 'Change it') {
  const clone = await stage.alice.clone(repository);
  await clone.startBranch('work', 'origin/main');
  write(clone, files);
  await clone.commit(message);
  const { taken, said } = await clone.push(ref);
  if (!taken) throw new Error(said);
  return clone.git('rev-parse', 'HEAD');
}

const press = (repository: string, workflow_id: string, inputs: Record<string, string> = {}): Promise<string> =>
  stage.printed(() =>
    stage.alice.api.rest.actions.createWorkflowDispatch({ ...split(repository), workflow_id, ref: 'main', inputs }),
  );

async function textOf(repository: string, path: string): Promise<string> {
  const { data } = await stage.alice.api.rest.repos.getContent({
    ...split(repository),
    path,
    mediaType: { format: 'raw' },
  });
  return String(data);
}

const conclusions = async (repository: string): Promise<readonly unknown[]> => {
  const { data } = await stage.alice.api.rest.actions.listWorkflowRunsForRepo(split(repository));
  return data.workflow_runs.map(({ conclusion }) => conclusion);
};

test('a hotfix begins at a commit that nobody reviewed, and is published at once', async () => {
  const repository = await stage.repository(
    'any-hotfix',
    {
      'run.sh': 'echo reviewed\n',
      '.github/workflows/hotfix.yml': `on: { workflow_dispatch: { inputs: { commit: { type: string, required: true } } } }
${job(`      - uses: actions/checkout@v4
        with: { ref: "\${{ inputs.commit }}", token: "\${{ secrets.BOT_TOKEN }}" }
      - run: git push origin HEAD:refs/heads/hotfixes/quick
`)}`,
      '.github/workflows/publish.yml': `on: { push: { branches: ["hotfixes/*"] } }
${job('      - uses: actions/checkout@v4\n      - run: echo "published $(sh run.sh)"\n')}`,
    },
    { BOT_TOKEN: stage.bob.token },
  );
  const commit = await push(repository, 'refs/heads/private', { 'run.sh': 'echo what nobody saw\n' });
  expect(await press(repository, 'hotfix.yml', { commit })).toMatch(/^published what nobody saw$/m);
}, 60_000);

test('the next promotion takes the hotfix away', async () => {
  const repository = await stage.repository('dropped-hotfix', {
    'envs/staging.json': '{"api":{"tag":"main-2"}}\n',
    'envs/prod.json': '{"api":{"tag":"hotfix-of-main-1"}}\n',
    '.github/workflows/promote.yml': `on: workflow_dispatch
permissions: { contents: write }
${job(`      - uses: actions/checkout@v4
      - run: |
          cp envs/staging.json envs/prod.json
          git -c user.name=bot -c user.email=bot@acme.test commit -am "Promote"
          git push origin HEAD:main
`)}`,
  });
  await press(repository, 'promote.yml');
  expect(await textOf(repository, 'envs/prod.json')).toContain('main-2');
}, 60_000);

test('a tag ships the newest run of main, and not what its own commit was built into', async () => {
  const repository = await stage.repository('newest-run', {
    '.github/workflows/ci.yml': `name: CI
on: { push: { branches: [main] } }
${job(`      - run: echo "$GITHUB_SHA" > image
      - uses: actions/upload-artifact@v4
        with: { name: image, path: image }
`)}`,
    '.github/workflows/cd.yml': `on: { push: { tags: ["v*"] } }
permissions: { actions: read }
${job(`      - run: |
          id=$(gh run list --repo "$GITHUB_REPOSITORY" --workflow ci.yml --branch main --limit 1 --json databaseId --jq '.[0].databaseId')
          gh run download "$id" --repo "$GITHUB_REPOSITORY" --name image
          echo "$GITHUB_REF_NAME is \${GITHUB_SHA:0:9} and ships $(cut -c1-9 image)"
        env: { GH_TOKEN: "\${{ github.token }}" }
`)}`,
  });
  const first = await push(repository, 'refs/heads/main', { 'a.txt': 'reviewed and tried\n' });
  await stage.lab.idle();
  const second = await push(repository, 'refs/heads/main', { 'a.txt': 'newer\n' });
  await stage.lab.idle();
  const clone = await stage.alice.clone(repository);
  const printed = await stage.printed(() => clone.git('push', '--quiet', 'origin', `${first}:refs/tags/v1`));
  expect(printed).toContain(`v1 is ${first.slice(0, 9)} and ships ${second.slice(0, 9)}`);
}, 60_000);

test('a deploy after a run of CI checks out another commit than was built', async () => {
  const gate = join(stage.folder, 'gate');
  const repository = await stage.repository('other-commit', {
    '.github/workflows/ci.yml': `name: CI
on: { push: { branches: [main] } }
${job(`      - run: for _ in $(seq 150); do [ ! -e "$GATE" ] || exit 0; sleep 0.2; done; exit 1
        env: { GATE: ${JSON.stringify(gate)} }
`)}`,
    '.github/workflows/cd.yml': `name: CD
on: { workflow_run: { workflows: [CI], types: [completed] } }
${job(`      - uses: actions/checkout@v4
      - run: echo "built \${{ github.event.workflow_run.head_sha }}, labelled $(git rev-parse HEAD)"
`)}`,
  });
  let [built, later] = ['', ''];
  const printed = await stage.printed(async () => {
    built = await push(repository, 'refs/heads/main', { 'a.txt': '1\n' });
    later = await push(repository, 'refs/heads/main', { 'a.txt': '2\n' }, 'Later [skip ci]');
    writeFileSync(gate, '');
  });
  expect(printed).toContain(`built ${built}, labelled ${later}`);
}, 60_000);

test('an image is tagged for everybody before it is scanned or tried, and stays so', async () => {
  const lock = JSON.stringify({
    name: 'app',
    lockfileVersion: 3,
    packages: { '': { name: 'app' }, 'node_modules/minimist': { version: '1.2.0' } },
  });
  const image = 'ghcr.io/published/pushed-first';
  const repository = await stage.repository('pushed-first', {
    Dockerfile: 'FROM scratch\nCOPY package-lock.json /app/\n',
    'package-lock.json': lock,
    '.github/workflows/cd.yml': `on: workflow_dispatch
permissions: { contents: read, packages: write }
${job(`      - uses: actions/checkout@v4
      - uses: docker/login-action@v4
        with: { registry: ghcr.io, username: "\${{ github.actor }}", password: "\${{ github.token }}" }
      - { id: build, uses: docker/build-push-action@v7, with: { context: ., push: true, provenance: false, tags: "${image}:latest" } }
      - run: echo "pushed \${{ steps.build.outputs.digest }}"
      - uses: aquasecurity/trivy-action@master
        with: { image-ref: "${image}:latest", severity: "CRITICAL,HIGH", exit-code: "1" }
`)}`,
  });
  const printed = await press(repository, 'cd.yml');
  const [, digest] = /^pushed (sha256:\S+)$/m.exec(printed) ?? [];
  expect(await conclusions(repository)).toEqual(['failure']);
  const { login, token } = stage.alice;
  const client = createRegistryClient({
    fetch: stage.lab.fetch,
    credentials: () => ({ username: login, password: token }),
  });
  const [registry = '', ...path] = image.split('/');
  const found = await client.resolve({ registry, repository: path.join('/'), tag: 'latest' });
  expect(found?.digest).toBe(digest);
}, 60_000);

test('a scan that finds something is green', async () => {
  const lock = JSON.stringify({
    name: 'app',
    lockfileVersion: 3,
    packages: { '': { name: 'app' }, 'node_modules/minimist': { version: '1.2.0' } },
  });
  const repository = await stage.repository('never-red', {
    'package-lock.json': lock,
    '.github/workflows/security.yml': `on: workflow_dispatch
${job(`      - uses: actions/checkout@v4
      - uses: aquasecurity/trivy-action@master
        with: { scan-type: fs, scan-ref: ., severity: "CRITICAL,HIGH", exit-code: "0" }
`)}`,
  });
  expect(await press(repository, 'security.yml')).toContain('CVE-2021-44906');
  expect(await conclusions(repository)).toEqual(['success']);
}, 60_000);

test('the rollback has no right to roll back: its job is in no environment', async () => {
  const assume = `      - uses: aws-actions/configure-aws-credentials@v6
        with: { aws-region: eu-west-1, role-to-assume: "${narrow}" }
`;
  const repository = await stage.repository('put-back', {
    '.github/workflows/cd.yml': `on: workflow_dispatch
permissions: { id-token: write }
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
${assume}      - run: echo "deployed"; exit 1
  rollback:
    needs: deploy
    if: failure()
    runs-on: ubuntu-latest
    steps:
${assume}      - run: echo "put back"
`,
  });
  const printed = await press(repository, 'cd.yml');
  expect(printed).toMatch(/^deployed$/m);
  expect(printed).toContain('Not authorized to perform sts:AssumeRoleWithWebIdentity');
  expect(printed).not.toMatch(/^put back$/m);
}, 60_000);

test.each([
  ['secrets', 'a secret in a condition', "      - if: secrets.SLACK != ''\n        run: echo told\n"],
  ['tabs', 'a tab between its words', '      - run: |\n\techo told\n'],
])(
  'a workflow with %s, %s, is none, and nobody is told',
  async (name, _what, steps) => {
    const repository = await stage.repository(name, { 'README.md': '' });
    const printed = await stage.printed(() =>
      push(repository, 'refs/heads/main', { '.github/workflows/notify.yml': `on: push\n${job(steps)}` }),
    );
    expect(printed).not.toMatch(/^told$/m);
    expect(await conclusions(repository)).not.toContain('success');
  },
  60_000,
);

test('a branch loses its name, outputs run into one another, and every image of an overlay is moved', async () => {
  const overlay = 'images:\n  - name: shop/orders\n    newTag: v1\n  - name: shop/postgres\n    newTag: "16"\n';
  const repository = await stage.repository('texts', {
    'kustomization.yaml': overlay,
    '.github/workflows/bump.yml': `on: { push: { branches: ["feature/**"] } }
${job(`      - uses: actions/checkout@v4
      - run: echo "branch \${GITHUB_REF##*/}"
      - id: count
        run: printf 'total_modified_files=1' >> "$GITHUB_OUTPUT"; printf 'other=x' >> "$GITHUB_OUTPUT"
      - if: steps.count.outputs.total_modified_files == '1'
        run: echo committed
      - run: |
          sed -i 's/newTag: .*/newTag: v2/' kustomization.yaml
          sed 's/^/now /' kustomization.yaml
`)}`,
  });
  const printed = await stage.printed(() => push(repository, 'refs/heads/feature/login/form', { 'a.txt': '' }));
  expect(printed).toMatch(/^branch form$/m);
  expect(printed).not.toMatch(/^committed$/m);
  expect(printed.match(/^now .*newTag: v2$/gm)).toHaveLength(2);
}, 60_000);

test('a job pushes to main without a review, and what should follow from the push does not begin', async () => {
  const repository = await stage.repository('direct', {
    'values.yaml': 'image: "1"\n',
    '.github/workflows/receive.yml': `on: workflow_dispatch
permissions: { contents: write }
${job(`      - uses: actions/checkout@v4
      - run: |
          echo 'image: "2"' > values.yaml
          git -c user.name=bot -c user.email=bot@acme.test commit -am "chore: bumped"
          git push origin HEAD:main
`)}`,
    '.github/workflows/deploy.yml': `on: { push: { branches: [main] } }
${job('      - run: echo deployed\n')}`,
  });
  expect(await press(repository, 'receive.yml')).not.toMatch(/^deployed$/m);
  expect(await textOf(repository, 'values.yaml')).toBe('image: "2"\n');
  const { data } = await stage.alice.api.rest.pulls.list({ ...split(repository), state: 'all' });
  expect(data).toEqual([]);
}, 60_000);
