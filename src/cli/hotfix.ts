import { Command } from 'commander';
import { applyPlan } from '../apply/apply-plan.ts';
import { type Config, configPath } from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { isHotfixName, planHotfixStart } from '../delivery/hotfix-start.ts';
import type { PublishedRelease } from '../delivery/state.ts';
import { TrunklineError } from '../errors.ts';
import { type GitHub, statusOf } from '../github/client.ts';
import { readCredentials } from '../github/credentials.ts';
import { readPin } from '../manifest/manifest.ts';
import type { Ports } from '../ports.ts';
import { readStep } from '../state/ancestry.ts';
import { readPublished } from '../state/published.ts';
import { readState } from '../state/read-state.ts';
import { deliveryCommand } from './delivery/options.ts';
import { renderPlan } from './delivery/render-plan.ts';
import { type CommonOptions, clientFor, currentRepository, readLocal, readRequest } from './delivery/session.ts';

interface StartOptions extends CommonOptions {
  readonly commit?: string;
  readonly from?: string;
  readonly service?: string;
}

export function hotfixCommand(ports: Ports): Command {
  const start = deliveryCommand(
    'start',
    'make hotfixes/<name> at a released commit of the application repository; publishes nothing',
    'trunkline hotfix start login-loop --commit 1a2b3c…\ntrunkline hotfix start login-loop --from prod --service orders',
  )
    .argument('<name>', 'what follows hotfixes/')
    .option('--commit <sha>', 'a commit that was released or is on the default branch')
    .option('--from <environment>', 'the commit of what runs there')
    .option('--service <name>', 'of which service, with --from, where the repository has several')
    .action((name: string, options: StartOptions) => startHotfix(ports, name, options));
  return new Command('hotfix').description('mend what runs, past the environments before, on record').addCommand(start);
}

async function startHotfix(ports: Ports, name: string, options: StartOptions): Promise<void> {
  const local = readLocal(ports.cwd);
  const config = local === undefined ? {} : parseConfig(configPath, local);
  const repository = options.repository ?? (await currentRepository(ports));
  if (repository === undefined) {
    throw new TrunklineError(
      'INPUT_INVALID',
      'expected to stand in the application repository, or its name, found neither',
      { hint: 'add --repository owner/name' },
    );
  }
  if (!isHotfixName(name)) planHotfixStart({ repository, name, commit: '', released: false, onDefaultBranch: false });
  const github = clientFor(ports, repository, options.dryRun === true, readCredentials(ports.env));
  await readRequest(ports, github);
  const published = await publishedBy(github, repository, config);
  const commit = await findCommit(ports, github, repository, config, published, options);
  const [owner = '', repo = ''] = repository.split('/');
  const { data: about } = await github.request('GET /repos/{owner}/{repo}', { owner, repo });
  const { data: tip } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}', {
    owner,
    repo,
    ref: about.default_branch,
  });
  const { ancestry } = await readStep(github, { repository, commit }, { repository, commit: tip.sha });
  const plan = planHotfixStart({
    repository,
    name,
    commit,
    released: published.some((one) => one.source?.commit === commit),
    onDefaultBranch: ancestry === 'newer' || ancestry === 'same',
    existing: await branchTip(github, repository, `hotfixes/${name}`),
  });
  if (options.dryRun === true) {
    ports.stdout.write(
      options.json === true ? `${JSON.stringify({ dryRun: true, ...plan }, undefined, 2)}\n` : renderPlan(plan),
    );
    return;
  }
  const { done } = await applyPlan(plan, { github, repository, clock: ports.clock, signal: ports.interrupted });
  ports.stdout.write(
    options.json === true
      ? `${JSON.stringify({ reasons: plan.reasons, done }, undefined, 2)}\n`
      : [...plan.reasons, ...done].map((line) => `${line}\n`).join(''),
  );
}

function publishedBy(github: GitHub, repository: string, config: Config): Promise<readonly PublishedRelease[]> {
  const services = new Map([...(config.services?.services.keys() ?? [])].map((service) => [service, '']));
  return readPublished(github, { accept: [{ repository, services }] }, (page) => page.length === 0);
}

async function findCommit(
  ports: Ports,
  github: GitHub,
  repository: string,
  config: Config,
  published: readonly PublishedRelease[],
  options: StartOptions,
): Promise<string> {
  if ((options.commit === undefined) === (options.from === undefined)) {
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected one of --commit and --from, found ${options.commit === undefined ? 'neither' : 'both'}`,
    );
  }
  const [owner = '', repo = ''] = repository.split('/');
  if (options.commit !== undefined) {
    if (!/^[0-9a-f]{7,40}$/.test(options.commit))
      throw new TrunklineError(
        'INPUT_INVALID',
        `expected a commit of 7 to 40 hexadecimal digits, found ${JSON.stringify(options.commit)}`,
      );
    const { data } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}', {
      owner,
      repo,
      ref: options.commit,
    });
    return data.sha;
  }
  const infra = config.services?.infra;
  const service = options.service ?? [...(config.services?.services.keys() ?? [])][0];
  if (infra === undefined || service === undefined || options.from === undefined) {
    throw new TrunklineError(
      'INPUT_INVALID',
      'expected trunkline.yaml with kind: Services here, which --from needs to find the infra repository, found none',
      { hint: 'name the commit: --commit' },
    );
  }
  const state = await readState(clientFor(ports, infra, true, readCredentials(ports.env)), {
    repository: infra,
    now: ports.clock.now(),
  });
  const digest = readPin(state.config, state.files, service, options.from)?.digest;
  const commit = published.find((one) => one.service === service && one.digest === digest)?.source?.commit;
  if (commit !== undefined) return commit;
  throw new TrunklineError(
    'NOT_FOUND',
    `expected a recorded release of ${service} in ${options.from}, found ${digest ?? 'nothing pinned'}`,
    { hint: 'name the commit: --commit' },
  );
}

async function branchTip(github: GitHub, repository: string, branch: string): Promise<string | undefined> {
  const [owner = '', repo = ''] = repository.split('/');
  try {
    const { data } = await github.request('GET /repos/{owner}/{repo}/git/ref/{ref}', {
      owner,
      repo,
      ref: `heads/${branch}`,
    });
    return data.object.sha;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
