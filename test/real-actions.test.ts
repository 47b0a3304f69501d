import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runGit } from '../src/git/git.ts';
import type { TrustPolicy } from '../src/lab/aws/trust-policy.ts';
import { type BenchRun, type LabBench, openLabBench, workflowOf } from '../src/lab/testing/bench.ts';

// The published code of actions, unmodified, from a folder of clones as TRUNKLINE_ACTIONS names it.
const folder = process.env['TRUNKLINE_ACTIONS'] ?? '';

const runs = (args: readonly string[], cwd: string): Promise<boolean> =>
  runGit(args, { cwd, accept: [1, 128] }).then(
    ({ code }) => code === 0,
    () => false,
  );

/** Whether the folder has the action at the ref with its code in it; says so where it has not. */
async function have(action: string, ref: string, file: string): Promise<boolean> {
  const cwd = join(folder, action);
  const found =
    folder !== '' &&
    (await runs(['cat-file', '-e', `${ref}:${file}`], cwd)) &&
    (await runs(['archive', '--output=/dev/null', '--format=tar', ref], cwd));
  if (!found)
    process.stdout.write(`not tried: ${action}@${ref} (clone https://github.com/${action} into TRUNKLINE_ACTIONS)\n`);
  return found;
}

const role = 'arn:aws:iam::123456789012:role/deploy';
let bench: LabBench;
beforeAll(async () => {
  const trust: TrustPolicy = {
    Statement: {
      Effect: 'Allow',
      Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } },
    },
  };
  bench = await openLabBench({
    realActions: true,
    awsRoles: new Map([[role, { trust }]]),
    ...(folder === '' ? {} : { actions: folder }),
  });
});
afterAll(() => bench.close());

/** Runs the steps in a repository of their own. */
async function run(name: string, job: string): Promise<BenchRun> {
  const files = { 'src/a.txt': 'a\n', 'b.txt': 'b\n' };
  const result = await bench.push(name, workflowOf({ job }), files);
  if (!result.conclusions.every((one) => one.endsWith(' success'))) process.stdout.write(`${result.log}\n`);
  return result;
}

test('checkout v4 and create-pull-request v7 run unmodified', async () => {
  if (!(await have('actions/checkout', 'v4', 'dist/index.js'))) return;
  if (!(await have('peter-evans/create-pull-request', 'v7', 'dist/index.js'))) return;
  const { conclusions, log } = await run(
    'pulls',
    `permissions: { contents: write, pull-requests: write }
steps:
  - uses: actions/checkout@v4
  - uses: actions/checkout@v4
    with: { path: part, sparse-checkout: src, fetch-depth: 0, persist-credentials: false }
  - run: ls part; echo changed > b.txt
  - uses: peter-evans/create-pull-request@v7
    id: pull
    with: { branch: change, title: A change, body: why, labels: "one, two", commit-message: Change b }
  - run: 'echo "pull \${{ steps.pull.outputs.pull-request-number }} \${{ steps.pull.outputs.pull-request-operation }}"'`,
  );
  expect(conclusions).toEqual(['job success']);
  expect(log).toContain('real: actions/checkout@v4 from');
  expect(log).toMatch(/^pull \d+ created$/m);
  const [pull] = await bench.api('GET', '/repos/acme/pulls/pulls');
  expect(pull).toMatchObject({ title: 'A change', head: { ref: 'change' }, user: { login: 'github-actions[bot]' } });
  expect(pull.labels.map((one: { name: string }) => one.name).sort()).toEqual(['one', 'two']);
});

test('cache v4 saves and restores, github-script v7 speaks to the API', async () => {
  if (!(await have('actions/cache', 'v4', 'dist/save/index.js'))) return;
  if (!(await have('actions/github-script', 'v7', 'dist/index.js'))) return;
  const { conclusions, log } = await run(
    'caches',
    `steps:
  - run: mkdir kept; echo precious > kept/file
  - uses: actions/cache/save@v4
    with: { path: kept, key: first }
  - run: rm -r kept
  - uses: actions/cache@v4
    id: cache
    with: { path: kept, key: first-of-all, restore-keys: first }
  - run: cat kept/file; echo "hit \${{ steps.cache.outputs.cache-hit }}"
  - uses: actions/github-script@v7
    id: script
    with:
      script: |
        const { data } = await github.rest.repos.get(context.repo);
        return data.full_name
  - run: echo "script \${{ steps.script.outputs.result }}"`,
  );
  expect(conclusions).toEqual(['job success']);
  expect(log).toMatch(/^precious$/m);
  expect(log).toMatch(/^hit false$/m);
  expect(log).toMatch(/^script acme\/caches$/m);
  const { actions_caches } = await bench.api('GET', '/repos/acme/caches/actions/caches');
  expect(actions_caches.map((one: { key: string }) => one.key).sort()).toEqual(['first', 'first-of-all']);
});

test('configure-aws-credentials v4 and amazon-ecr-login v2 sign in to the lab’s AWS', async () => {
  if (!(await have('aws-actions/configure-aws-credentials', 'v4', 'dist/index.js'))) return;
  if (!(await have('aws-actions/amazon-ecr-login', 'v2', 'dist/index.js'))) return;
  const step = 'uses: aws-actions/configure-aws-credentials@v4';
  const inputs = `aws-region: eu-west-1, disable-retry: true, role-to-assume: "${role}"`;
  const { conclusions, log } = await run(
    'cloud',
    `permissions: { id-token: write, contents: read }
steps:
  - { ${step}, id: wrong, continue-on-error: true, with: { ${inputs}, audience: other } }
  - { ${step}, id: right, with: { ${inputs} } }
  - { uses: aws-actions/amazon-ecr-login@v2, id: ecr, with: { skip-logout: true } }
  - run: 'echo "wrong \${{ steps.wrong.outcome }} account \${{ steps.right.outputs.aws-account-id }} registry \${{ steps.ecr.outputs.registry }}"'`,
  );
  expect(conclusions).toEqual(['job success']);
  expect(log).toContain('Not authorized to perform sts:AssumeRoleWithWebIdentity');
  expect(log).toMatch(
    /^wrong failure account 123456789012 registry 123456789012\.dkr\.ecr\.eu-west-1\.amazonaws\.com$/m,
  );
});

test('metadata-action v5 says what the stand-in says', async () => {
  if (!(await have('docker/metadata-action', 'v5.5.1', 'dist/index.js'))) return;
  const rules = [
    'type=schedule',
    'type=ref,event=branch,suffix=-x',
    'type=semver,pattern={{major}}.{{minor}},value=v1.2.3',
    'type=pep440,pattern={{version}},value=1.2.3rc1',
    'type=match,pattern=v(.*),group=1,value=v9',
    'type=edge',
    'type=raw,value={{branch}}-{{is_default_branch}}',
    "type=raw,value={{date 'YYYY' tz='UTC'}}",
  ];
  const job = `steps:
  - uses: docker/metadata-action@v5.5.1
    id: meta
    with:
      images: |
        ghcr.io/Acme/App
        name=other,enable=false
      flavor: |
        prefix=p-,onlatest=true
      labels: |
        own=label
      tags: |
${rules.map((rule) => `        ${rule}`).join('\n')}
  - env: { META: "\${{ toJSON(steps.meta.outputs) }}" }
    run: node -e 'const m = JSON.parse(process.env.META); for (const k of ["version", "tags", "labels", "annotations"]) console.log("said " + k + " " + JSON.stringify(m[k]).replaceAll(/image\\.(created|revision|url|source)=[^\\\\"]*/g, ""))'`;
  const said = ({ log }: BenchRun): readonly string[] => log.split('\n').filter((line) => line.startsWith('said '));
  const real = await run('meta', job);
  const other = await openLabBench();
  try {
    const standIn = await other.push('meta', workflowOf({ job }), { 'src/a.txt': 'a\n', 'b.txt': 'b\n' });
    expect(said(real)).toHaveLength(4);
    expect(said(standIn)).toEqual(said(real));
  } finally {
    await other.close();
  }
});
