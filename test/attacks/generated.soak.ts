import { createAppAuth } from '@octokit/auth-app';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { carry } from '../../src/lab/scenarios/acts/carry.ts';
import { ask } from '../../src/lab/scenarios/ask.ts';
import {
  approve,
  attempt,
  lastPullNumber,
  merge,
  openPull,
  type Pull,
  pullsAfter,
  sayRefusal,
  split,
} from '../../src/lab/scenarios/deeds.ts';
import { deploymentsTo, pinNow, statusesOf, textNow } from '../../src/lab/scenarios/look.ts';
import { createApi, type Person } from '../../src/lab/scenarios/person.ts';
import { leaks, letRunsGo, printsSecrets, pullFrom, pullFromFork, ran, shell, write } from './attack-lab.ts';
import { type Stage, stageExample } from './stage-example.ts';

// Each attack succeeds in published.soak.ts.

let stage: Stage;
let alice: Person;
let bob: Person;
beforeAll(async () => {
  stage = await stageExample();
  ({ developer: alice, reviewer: bob } = stage.world.people);
}, 120_000);
afterAll(() => stage.close());

const app = (): string => stage.world.pair.app.fullName;
const infra = (): string => stage.world.pair.infra.fullName;
const nothingLeaks = (printed: string): void =>
  expect(stage.secrets.filter((secret) => leaks(printed, secret)).length).toBe(0);

/** Whatever the repository's own workflows may run, it prints its environment backwards, and offers itself as artifacts. */
const poison = (paths: readonly string[]): Record<string, string> =>
  Object.fromEntries([
    ...paths.filter((path) => /\.[cm]?js$/.test(path)).map((path) => [path, printsEnvironment]),
    ['package.json', '{"type":"commonjs","scripts":{"test":"env | rev","install":"env | rev"}}\n'],
    ['Makefile', '%:\n\tenv | rev\n'],
    ['.github/workflows/print.yml', printsSecrets],
    ['.github/workflows/offer.yml', offersArtifacts],
  ]);
const printsEnvironment = 'console.log([...JSON.stringify(process.env)].reverse().join(""));\n';
const offersArtifacts = `on: pull_request
jobs:
  offer:
    runs-on: ubuntu-latest
    steps:
      - run: echo 'env | rev' > image.sh
      - uses: actions/upload-artifact@v4
        with: { name: docker-image, path: image.sh }
`;

test.each(['app', 'infra'] as const)(
  'a fork’s pull request to %s, let go by somebody who looks at nothing, gets no secret, neither itself nor by an artifact',
  async (part) => {
    const { fullName, source } = stage.world.pair[part];
    const printed = await stage.printed(async () => {
      const attackers = { mallory: stage.mallory, owner: stage.world.people.owner, lab: stage.lab };
      await pullFromFork(attackers, fullName, 'main', poison(source.files));
      await letRunsGo(attackers, fullName);
    });
    expect(printed).toContain('rev');
    nothingLeaks(printed);
  },
  60_000,
);

test.each(['app', 'infra'] as const)(
  'a workflow changed on a branch of %s names secrets and gets none',
  async (part) => {
    const { fullName, branch, source, workflows } = stage.world.pair[part];
    const environments = [...new Set(workflows.flatMap(({ jobs }) => jobs.flatMap((job) => job.environment ?? [])))]
      .concat(stage.world.pair.environments.map(({ name }) => name))
      .filter((name) => !name.includes('${{'));
    const inside = environments.map(
      (name, index) => `  inside${index}:\n    runs-on: ubuntu-latest\n    environment: ${JSON.stringify(name)}
    steps: [{ run: "printf '%s' \\"$ALL\\" | rev", env: { ALL: "\${{ toJSON(secrets) }}" } }]\n`,
    );
    const printed = await stage.printed(async () => {
      const clone = await alice.clone(fullName);
      await clone.startBranch('steal', `origin/${branch}`);
      write(clone, { ...poison(source.files), '.github/workflows/print.yml': `${printsSecrets}${inside.join('')}` });
      await clone.commit('Look around');
      await clone.push('refs/heads/steal');
    });
    expect(printed).toMatch(/nekot_buhtig/i);
    nothingLeaks(printed);
  },
  60_000,
);

test('names of branches and tags, titles, messages, inputs and payloads are words, not commands', async () => {
  const press = (repository: string, command: string, values: Readonly<Record<string, string>>): Promise<unknown> =>
    ask(stage.world, alice, repository === app() ? stage.world.pair.app : stage.world.pair.infra, command, values);
  const push = async (ref: string): Promise<void> => {
    const clone = await alice.clone(app());
    await clone.startBranch('work', 'origin/main');
    await clone.push(ref);
  };
  const evil = `x"; ${shell}; "$(${shell})`;
  const attacks: Readonly<Record<string, () => Promise<unknown>>> = {
    branch: () => push(`refs/heads/hotfixes/x$(${shell}>&2)`),
    tag: () => push(`refs/tags/v1";${shell};"`),
    title: () => pullFrom(alice, app(), `x$(${shell})`, { 'README.md': 'x' }, evil),
    'title in infra': () => pullFrom(alice, infra(), `x$(${shell})`, { 'README.md': 'x' }, evil),
    'hotfix start': () => press(app(), 'hotfix start', { 0: `x; ${shell}`, '--from': evil }),
    promote: () => press(infra(), 'promote', { 0: evil, '--to': 'staging' }),
    rollback: () => press(infra(), 'rollback', { 0: evil, '--environment': 'dev', '--reason': evil }),
    hold: () => press(infra(), 'hold', { 0: evil, '--environment': 'dev', '--reason': evil }),
    payload: () =>
      attempt(() =>
        alice.api.rest.repos.createDispatchEvent({
          ...split(infra()),
          event_type: 'published',
          client_payload: { schema: 1, service: evil, digest: evil, repository: app(), commit: evil, message: evil },
        }),
      ),
  };
  for (const [name, attack] of Object.entries(attacks)) expect(await stage.printed(attack), name).not.toMatch(ran);
}, 120_000);

test('whoever asked for a production deploy cannot approve it, though a bot opened it', async () => {
  const { world } = stage;
  const [, staging, prod] = world.pair.environments;
  const asked = async (to: string): Promise<Pull | undefined> => {
    const before = await lastPullNumber(alice, infra());
    await ask(world, alice, world.pair.infra, 'promote', { 0: world.pair.service, '--to': to });
    return (await pullsAfter(alice, infra(), before))[0];
  };
  const first = await asked(staging?.name ?? '');
  if (first === undefined || staging === undefined) throw new Error('nothing was proposed for staging');
  await carry(world, first, staging, [bob]);
  const pull = await asked(prod?.name ?? '');
  if (pull === undefined) throw new Error('nothing was proposed for prod');
  expect(pull.byBot).toBe(true);
  await approve(alice, pull);
  for (const person of world.people.teams.get('platform') ?? []) await approve(person, pull);
  await stage.lab.idle();
  expect(sayRefusal(await merge(alice, pull))).toMatch(/^405 .*[Rr]equired status check/s);
  const deployed = (await deploymentsTo(alice, infra(), 'prod')).filter(({ state }) => state === 'success');
  expect(deployed).toEqual([]);
}, 60_000);

test('the delivery bot brings nothing to prod by itself: neither by a push, nor by a pull request that it merges', async () => {
  const { world } = stage;
  const pin = await pinNow(world, 'dev');
  const path = world.pair.manifestPath('prod');
  const text = world.pair.setPin((await textNow(world, path)) ?? '', 'prod', pin ?? {}, pin?.digest ?? '');
  const bot = await botOf(stage);
  const where = split(infra());
  const content = Buffer.from(text).toString('base64');
  const { data: main } = await bot.rest.git.getRef({ ...where, ref: 'heads/main' });
  const { data: file } = await bot.rest.repos.getContent({ ...where, path, ref: 'main' });
  const change = { ...where, path, message: 'Update prod', content, sha: 'sha' in file ? file.sha : '' };
  const pushed = await attempt(() => bot.rest.repos.createOrUpdateFileContents({ ...change, branch: 'main' }));
  expect(sayRefusal(pushed)).toMatch(/^4\d\d .*rule/is);
  await bot.rest.git.createRef({ ...where, ref: 'refs/heads/straight', sha: main.object.sha });
  await bot.rest.repos.createOrUpdateFileContents({ ...change, branch: 'straight' });
  const { data } = await bot.rest.pulls.create({ ...where, title: 'Update prod', head: 'straight', base: 'main' });
  await stage.lab.idle();
  const merged = await attempt(() => bot.rest.pulls.merge({ ...where, pull_number: data.number }));
  expect(sayRefusal(merged)).toMatch(/^405 .*[Rr]equired status check/s);
}, 60_000);

test('the delivery bot opens hotfix branches, and may do nothing else to them', async () => {
  const { world } = stage;
  const bot = await botOf(stage);
  const where = split(app());
  const { data: main } = await bot.rest.git.getRef({ ...where, ref: 'heads/main' });
  const opened = await attempt(() =>
    bot.rest.git.createRef({ ...where, ref: 'refs/heads/hotfixes/bot', sha: main.object.sha }),
  );
  expect(sayRefusal(opened)).toBe('it was done');
  const pushed = await attempt(() =>
    bot.rest.repos.createOrUpdateFileContents({
      ...where,
      path: 'new.txt',
      message: 'Straight in',
      content: '',
      branch: 'hotfixes/bot',
    }),
  );
  expect(sayRefusal(pushed)).toMatch(/^4\d\d .*rule/is);
  await world.github.idle();
}, 60_000);

test('tests of a pull request cannot mint a token of identity', async () => {
  const { source } = stage.world.pair.app;
  const files = Object.entries(poison(source.files)).filter(([path]) => !path.startsWith('.github/'));
  const printed = await stage.printed(() => pullFrom(alice, app(), 'mint', Object.fromEntries(files)));
  expect(printed).toContain('YROTISOPER_BUHTIG');
  expect(printed).not.toContain('NEKOT_TSEUQER_NEKOT_DI_SNOITCA');
  nothingLeaks(printed);
}, 60_000);

test('the policy’s verdict is forged by nobody’s workflow, and does not go away with its workflow', async () => {
  const forge = `on: pull_request
permissions: { statuses: write, checks: write }
jobs:
  policy:
    name: trunkline / policy
    runs-on: ubuntu-latest
    steps:
      - run: |
          curl -fsS -X POST -H "Authorization: Bearer $TOKEN" "https://api.github.com/repos/$GITHUB_REPOSITORY/statuses/$SHA" \\
            -d '{ "state": "success", "context": "trunkline / policy" }'
        env: { TOKEN: "\${{ github.token }}", SHA: "\${{ github.event.pull_request.head.sha }}" }
`;
  const { world } = stage;
  const path = world.pair.manifestPath('prod');
  const pin = await pinNow(world, 'dev');
  const text = world.pair.setPin((await textNow(world, path)) ?? '', 'prod', pin ?? {}, pin?.digest ?? '');
  const pull = await openPull(alice, infra(), {
    branch: 'forge',
    from: 'origin/main',
    base: 'main',
    title: 'Update prod',
    edit: async (clone) => {
      await clone.git('rm', '--quiet', '-r', '.github/workflows');
      write(clone, { [path]: text, '.github/workflows/forge.yml': forge });
    },
  });
  await stage.lab.idle();
  const forged = (await statusesOf(alice, infra(), pull.headSha)).map(
    ({ context, creator }) => `${context} ${creator}`,
  );
  expect(forged.join()).toContain('trunkline / policy');
  expect(sayRefusal(await merge(bob, pull))).toMatch(/^405 .*[Rr]equired status check/s);
}, 60_000);

test('a check of the application cannot be forged by a change of its workflow, nor does an approval outlive the change', async () => {
  const { workflows } = stage.world.pair.app;
  const path = workflows.find(({ events }) => events.includes('pull_request'))?.path ?? '';
  const pull = await pullFrom(alice, app(), 'honest', { 'README.md': 'x\n' });
  await stage.lab.idle();
  expect(await approve(bob, pull)).toBeUndefined();
  const required = await requiredOf(app());
  const jobs = required.map(
    (name, index) =>
      `  j${index}: { name: ${JSON.stringify(name)}, runs-on: ubuntu-latest, steps: [{ run: "true" }] }\n`,
  );
  const clone = await alice.clone(app());
  write(clone, { [path]: `on: pull_request\njobs:\n${jobs.join('')}`, 'src/server.js': 'broken(' });
  await clone.commit('More');
  await clone.push('refs/heads/honest');
  await stage.lab.idle();
  expect(sayRefusal(await merge(alice, pull))).toMatch(/^405 .*approving review/s);
  expect(await approve(bob, pull)).toBeUndefined();
  expect(sayRefusal(await merge(alice, pull))).toMatch(/^405 .*[Cc]ode owner/s);
}, 60_000);

test('two deploys of one environment never go on at the same time', async () => {
  const { world, lab } = stage;
  const where = split(infra());
  const { data } = await alice.api.rest.actions.listWorkflowRunsForRepo({ ...where, event: 'push', per_page: 100 });
  const runs = await Promise.all(
    data.workflow_runs.map(async ({ id }) => {
      const { data: found } = await alice.api.rest.actions.listJobsForWorkflowRun({ ...where, run_id: id });
      return { id, deploys: found.jobs.some(({ name, conclusion }) => /dev/.test(name) && conclusion === 'success') };
    }),
  );
  const [first] = runs.filter(({ deploys }) => deploys);
  if (first === undefined) throw new Error('nothing was deployed to dev');
  let going = 0;
  let most = 0;
  let deployed = 0;
  const stop = lab.onReport((report) => {
    if (report.kind !== 'job' || !/dev/.test(report.job.name)) return;
    if (report.job.status === 'in_progress') going += 1;
    if (report.job.status === 'completed') {
      going -= 1;
      deployed += 1;
    }
    most = Math.max(most, going);
  });
  await Promise.all([
    alice.api.rest.actions.reRunWorkflow({ ...where, run_id: first.id }),
    ask(world, alice, world.pair.infra, 'rollback', { 0: world.pair.service, '--environment': 'dev', '--reason': 'x' }),
  ]);
  await lab.idle();
  stop();
  expect(deployed).toBeGreaterThan(0);
  expect(most).toBe(1);
}, 60_000);

test('every action is pinned to a commit', () => {
  for (const { workflows } of [stage.world.pair.app, stage.world.pair.infra])
    for (const { path, jobs } of workflows)
      for (const { title } of jobs.flatMap(({ steps }) => steps))
        if (/^Run .*@/.test(title)) expect(title, path).toMatch(/@[0-9a-f]{40}/);
});

async function requiredOf(repository: string): Promise<readonly string[]> {
  const { data } = await alice.api.rest.repos.getBranchRules({ ...split(repository), branch: 'main' });
  return data.flatMap((rule) =>
    rule.type === 'required_status_checks'
      ? (rule.parameters?.required_status_checks.map(({ context }) => context) ?? [])
      : [],
  );
}

/** The delivery App itself, with all that it may do. */
async function botOf({ world }: Stage): Promise<ReturnType<typeof createApi>> {
  const auth = createAppAuth({
    appId: world.delivery.id,
    privateKey: world.delivery.privateKey,
    request: world.people.owner.api.request.defaults({ headers: { authorization: '' } }),
  });
  const { token: jwt } = await auth({ type: 'app' });
  const { rest } = createApi(world.github, jwt);
  const { data } = await rest.apps.getRepoInstallation(split(infra()));
  const { data: installation } = await rest.apps.createInstallationAccessToken({ installation_id: data.id });
  return createApi(world.github, installation.token);
}
