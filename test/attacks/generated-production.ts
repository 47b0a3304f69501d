import { createAppAuth } from '@octokit/auth-app';
import { expect, test } from 'vitest';
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
import { pullFrom, write } from './attack-lab.ts';
import type { Stage } from './stage-example.ts';

/** Writes the policy’s verdict itself. */
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

/** Attacks for what gets to production: past approvals, checks, rules and the order of deploys. */
export function attackProduction(stage: () => Stage): void {
  const app = (): string => stage().world.pair.app.fullName;
  const infra = (): string => stage().world.pair.infra.fullName;
  const alice = (): Person => stage().world.people.developer;
  const bob = (): Person => stage().world.people.reviewer;

  test('whoever asked for a production deploy cannot approve it, though a bot opened it', async () => {
    const { world } = stage();
    const [, staging, prod] = world.pair.environments;
    const asked = async (to: string): Promise<Pull | undefined> => {
      const before = await lastPullNumber(alice(), infra());
      await ask(world, alice(), world.pair.infra, 'promote', { 0: world.pair.service, '--to': to });
      return (await pullsAfter(alice(), infra(), before))[0];
    };
    const first = await asked(staging?.name ?? '');
    if (first === undefined || staging === undefined) throw new Error('nothing was proposed for staging');
    await carry(world, first, staging, [bob()]);
    const pull = await asked(prod?.name ?? '');
    if (pull === undefined) throw new Error('nothing was proposed for prod');
    expect(pull.byBot).toBe(true);
    await approve(alice(), pull);
    for (const person of world.people.teams.get('platform') ?? []) await approve(person, pull);
    await stage().lab.idle();
    expect(sayRefusal(await merge(alice(), pull))).toMatch(/^405 .*[Rr]equired status check/s);
    const deployed = (await deploymentsTo(alice(), infra(), 'prod')).filter(({ state }) => state === 'success');
    expect(deployed).toEqual([]);
  }, 60_000);

  test('the delivery bot brings nothing to prod by itself: neither by a push, nor by a pull request that it merges', async () => {
    const { world } = stage();
    const pin = await pinNow(world, 'dev');
    const path = world.pair.manifestPath('prod');
    const text = world.pair.setPin((await textNow(world, path)) ?? '', 'prod', pin ?? {}, pin?.digest ?? '');
    const bot = await botOf(stage());
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
    await stage().lab.idle();
    const merged = await attempt(() =>
      bot.rest.pulls.merge({ ...where, pull_number: data.number, merge_method: 'squash' }),
    );
    expect(sayRefusal(merged)).toMatch(/^405 .*[Rr]equired status check/s);
  }, 60_000);

  test('the delivery bot opens hotfix branches, and may do nothing else to them', async () => {
    const { world } = stage();
    const bot = await botOf(stage());
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

  test('the policy’s verdict is forged by nobody’s workflow, and does not go away with its workflow', async () => {
    const { world } = stage();
    const path = world.pair.manifestPath('prod');
    const pin = await pinNow(world, 'dev');
    const text = world.pair.setPin((await textNow(world, path)) ?? '', 'prod', pin ?? {}, pin?.digest ?? '');
    const pull = await openPull(alice(), infra(), {
      branch: 'forge',
      from: 'origin/main',
      base: 'main',
      title: 'Update prod',
      edit: async (clone) => {
        await clone.git('rm', '--quiet', '-r', '.github/workflows');
        write(clone, { [path]: text, '.github/workflows/forge.yml': forge });
      },
    });
    await stage().lab.idle();
    const forged = (await statusesOf(alice(), infra(), pull.headSha)).map(
      ({ context, creator }) => `${context} ${creator}`,
    );
    expect(forged.join()).toContain('trunkline / policy');
    expect(sayRefusal(await merge(bob(), pull))).toMatch(/^405 .*[Rr]equired status check/s);
  }, 60_000);

  test('a check of the application cannot be forged by a change of its workflow, nor does an approval outlive the change', async () => {
    const { workflows } = stage().world.pair.app;
    const path = workflows.find(({ events }) => events.includes('pull_request'))?.path ?? '';
    const pull = await pullFrom(alice(), app(), 'honest', { 'README.md': 'x\n' });
    await stage().lab.idle();
    expect(await approve(bob(), pull)).toBeUndefined();
    const required = await requiredOf(alice(), app());
    const jobs = required.map(
      (name, index) =>
        `  j${index}: { name: ${JSON.stringify(name)}, runs-on: ubuntu-latest, steps: [{ run: "true" }] }\n`,
    );
    const clone = await alice().clone(app());
    write(clone, { [path]: `on: pull_request\njobs:\n${jobs.join('')}`, 'src/server.js': 'broken(' });
    await clone.commit('More');
    await clone.push('refs/heads/honest');
    await stage().lab.idle();
    expect(sayRefusal(await merge(alice(), pull))).toMatch(/^405 .*approving review/s);
    expect(await approve(bob(), pull)).toBeUndefined();
    expect(sayRefusal(await merge(alice(), pull))).toMatch(/^405 .*[Cc]ode owner/s);
  }, 60_000);

  test('two deploys of one environment never go on at the same time', async () => {
    const { world, lab } = stage();
    const where = split(infra());
    const { data } = await alice().api.rest.actions.listWorkflowRunsForRepo({ ...where, event: 'push', per_page: 100 });
    const runs = await Promise.all(
      data.workflow_runs.map(async ({ id }) => {
        const { data: found } = await alice().api.rest.actions.listJobsForWorkflowRun({ ...where, run_id: id });
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
      alice().api.rest.actions.reRunWorkflow({ ...where, run_id: first.id }),
      ask(world, alice(), world.pair.infra, 'rollback', {
        0: world.pair.service,
        '--environment': 'dev',
        '--reason': 'x',
      }),
    ]);
    await lab.idle();
    stop();
    expect(deployed).toBeGreaterThan(0);
    expect(most).toBe(1);
  }, 60_000);
}

async function requiredOf(person: Person, repository: string): Promise<readonly string[]> {
  const { data } = await person.api.rest.repos.getBranchRules({ ...split(repository), branch: 'main' });
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
  const { data } = await rest.apps.getRepoInstallation(split(world.pair.infra.fullName));
  const { data: installation } = await rest.apps.createInstallationAccessToken({ installation_id: data.id });
  return createApi(world.github, installation.token);
}
