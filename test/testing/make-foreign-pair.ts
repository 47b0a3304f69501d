import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { git } from '../../src/git/git.ts';
import { root } from './rehearse-pair.ts';

const example = join(root, 'test/testdata/hand-written');

/** New name of each file of a pair with workflows written by hand; undefined leaves it out. */
const appFiles: Readonly<Record<string, string | undefined>> = {
  '.github/workflows/publish.yml': '.github/workflows/verify-and-ship.yaml',
  // An owner starts hotfixes by hand there.
  '.github/workflows/hotfix.yml': undefined,
  'test/orders.test.js': 'spec/orders.spec.mjs',
  CODEOWNERS: undefined,
  'README.md': undefined,
};
const infraFiles: Readonly<Record<string, string | undefined>> = {
  '.github/workflows/checks.yml': '.github/workflows/lint.yaml',
  '.github/workflows/policy-relay.yml': '.github/workflows/nudge.yaml',
  '.github/workflows/policy.yml': '.github/workflows/judge.yaml',
  '.github/workflows/receive.yml': '.github/workflows/inbox.yaml',
  '.github/workflows/promote.yml': '.github/workflows/lift.yaml',
  '.github/workflows/deploy.yml': '.github/workflows/roll-out.yaml',
  '.github/workflows/deploy-environment.yml': '.github/workflows/roll-out-one.yaml',
  // Nobody presses these there: the command is run by hand.
  '.github/workflows/rollback.yml': undefined,
  '.github/workflows/hold.yml': undefined,
  '.github/workflows/ship-hotfix.yml': undefined,
  'envs/dev.json': 'clusters/int/versions.json',
  'envs/staging.json': 'clusters/pre/versions.json',
  'envs/prod.json': 'clusters/live/versions.json',
  'test/manifests.test.js': undefined,
  'package.json': undefined,
  CODEOWNERS: undefined,
  'README.md': undefined,
  'trunkline.yaml': undefined,
};

/** Applied to every file, in this order. */
const words: readonly (readonly [RegExp, string])[] = [
  [/ghcr\.io\/acme\/api/g, 'ghcr.io/umbrella/web'],
  [/acme\/infra/g, 'umbrella/estate'],
  [/acme\/app/g, 'umbrella/storefront'],
  [/\bmain(?=[,\]"])/g, 'trunk'],
  [/^name: Publish$/m, 'name: Verify and ship'],
  [/^name: Checks$/m, 'name: Lint'],
  [/Policy relay/g, 'Nudge'],
  [/^name: Policy$/m, 'name: Judge'],
  [/^ {2}test:$/m, '  unit:'],
  [/needs: test$/m, 'needs: unit'],
  [/^ {2}publish:$/m, '  ship:'],
  [/^ {2}manifests:$/m, '  shape:'],
  [/^ {2}judge:$/m, '  verdict:'],
  [/^ {2}relay:$/m, '  nudge:'],
  [/^ {2}receive:$/m, '  take-in:'],
  [/^name: Promote$/m, 'name: Lift'],
  [/^ {2}promote:$/m, '  lift:'],
  [/^name: Deploy$/m, 'name: Roll out'],
  [/^name: Deploy an environment$/m, 'name: Roll out one'],
  [/^ {2}deploy:$/m, '  roll:'],
  [/needs: deploy$/m, 'needs: roll'],
  [/needs\.deploy\./g, 'needs.roll.'],
  [/^ {2}changed:$/m, '  difference:'],
  [/needs: changed$/m, 'needs: difference'],
  [/needs\.changed\./g, 'needs.difference.'],
  [/environment: trunkline$/gm, 'environment: vault'],
  [/secrets\.PROPOSE_APP/g, 'secrets.BELL'],
  [/secrets\.TRUNKLINE_APP/g, 'secrets.BUTLER'],
  [/secrets\.DEPLOY_TOKEN/g, 'secrets.HANDSHAKE'],
  [/deploy-environment\.yml/g, 'roll-out-one.yaml'],
  [/--service api/g, '--service web'],
  [/options: \[staging, prod\]/g, 'options: [pre, live]'],
  [/^ {6}service:$/gm, '      thing:'],
  [/inputs\.service/g, 'inputs.thing'],
  [/"api": \{\s*"image": "",([\s\S]*?)\}/, '"apps": { "web": { "container": "",$1} }'],
];

/** Commits an edit of one of the pair's files. */
export async function editForeign(folder: string, name: string, edit: (text: string) => string): Promise<void> {
  const before = readFileSync(join(folder, name), 'utf8');
  const after = edit(before);
  if (after === before) throw new Error(`the edit of ${name} changes nothing`);
  write(folder, name, after);
  await git(['-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-qam', `Edit ${name}`], {
    cwd: folder,
    isolated: true,
  });
}

/** A pair that does the same as the example under other names throughout: branches, files, jobs, checks, environments. */
export async function makeForeignPair(folder: string): Promise<{ app: string; infra: string }> {
  const app = join(folder, 'storefront');
  const infra = join(folder, 'estate');
  copy(join(example, 'app'), app, appFiles, [[/node test\/orders\.test\.js/g, 'node --test spec/orders.spec.mjs']]);
  copy(join(example, 'infra'), infra, infraFiles, [
    [/node test\/manifests\.test\.js/g, 'node spec/shape.mjs'],
    [/branches: \[trunk\]/g, 'branches: [operations]'],
  ]);
  write(
    app,
    'trunkline.yaml',
    'kind: Services\ninfra: umbrella/estate\nreceive: inbox.yaml\nservices:\n  web: { path: . }\n',
  );
  write(infra, 'spec/shape.mjs', shape);
  write(
    infra,
    'tools/roll.sh',
    'set -eu\necho "rolling $TRUNKLINE_SERVICE to $TRUNKLINE_ENVIRONMENT"\ntrunkline lab deploy\n',
  );
  write(infra, 'trunkline.yaml', estate);
  await commit(app, 'trunk', 'git@github.com:umbrella/storefront.git');
  await commit(infra, 'operations', 'https://github.com/umbrella/estate.git');
  return { app, infra };
}

const estate = `kind: Environments
accept:
  umbrella/storefront: { services: { web: shopkeepers }, signer: .github/workflows/verify-and-ship.yaml }
manifests: { json: "clusters/{environment}/versions.json", path: "apps.{service}.container" }
deploy: { command: sh tools/roll.sh, health: "http://{environment}-{service}.umbrella.test/health", timeout: 2s }
environments:
  int: { track: trunk, merge: auto }
  pre: { from: int, approve: { owner: 1 } }
  live: { from: pre, approve: { owner: 1, wardens: 2 } }
`;

const shape = `import { readFileSync } from 'node:fs';
for (const name of ['int', 'pre', 'live']) {
  const { apps } = JSON.parse(readFileSync(\`clusters/\${name}/versions.json\`, 'utf8'));
  if (!/^$|@sha256:[0-9a-f]{64}$/.test(apps.web.container)) throw new Error(\`\${name}: \${apps.web.container}\`);
}
`;

function copy(
  from: string,
  to: string,
  names: Readonly<Record<string, string | undefined>>,
  more: readonly (readonly [RegExp, string])[],
): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(from, path);
    const target = name in names ? names[name] : name;
    if (target === undefined) continue;
    let text = readFileSync(path, 'utf8');
    for (const [pattern, replacement] of [...words, ...more]) text = text.replace(pattern, replacement);
    write(to, target, text);
  }
}

function write(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

async function commit(folder: string, branch: string, origin: string): Promise<void> {
  const run = (...args: string[]): Promise<string> =>
    git(['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder, isolated: true });
  await run('init', '--quiet', '--initial-branch', branch);
  await run('remote', 'add', 'origin', origin);
  await run('add', '--all');
  await run('commit', '--quiet', '-m', 'Start');
}
