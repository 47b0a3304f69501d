import type { Command } from 'commander';
import { applyPlan } from '../../apply/apply-plan.ts';
import { type Config, configPath } from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { findEnvironment } from '../../delivery/change.ts';
import { rollbackFirst } from '../../delivery/hotfix-ship.ts';
import { isHotfixName, planHotfixStart } from '../../delivery/hotfix-start.ts';
import { wayEnough } from '../../delivery/rollback.ts';
import type { PublishedRelease } from '../../delivery/state.ts';
import { TrunklineError } from '../../errors.ts';
import { type GitHub, statusOf } from '../../github/client.ts';
import { readCredentials } from '../../github/credentials.ts';
import { readPin } from '../../manifest/manifest.ts';
import type { Ports } from '../../ports.ts';
import { readStep } from '../../state/ancestry.ts';
import { reachBack } from '../../state/older-deployments.ts';
import { readPublished } from '../../state/published.ts';
import { readState } from '../../state/read-state.ts';
import { deliveryCommand } from '../delivery/options.ts';
import { renderPlan } from '../delivery/render-plan.ts';
import {
  type CommonOptions,
  clientFor,
  contextFor,
  currentRepository,
  readLocal,
  readRequest,
} from '../delivery/session.ts';

interface StartOptions extends CommonOptions {
  readonly from: string;
  readonly service?: string;
}

export function startCommand(ports: Ports): Command {
  return deliveryCommand(
    'start',
    'make hotfixes/<name> at a released commit of the application repository; publishes nothing',
    'trunkline hotfix start login-loop --from prod --service orders\ntrunkline hotfix start login-loop --from 1a2b3c4',
  )
    .argument('<name>', 'what follows hotfixes/')
    .requiredOption(
      '--from <environment|commit>',
      'the commit of what runs in an environment, or one that was released or is on the default branch',
    )
    .option('--service <name>', 'of which service, with an environment, where the repository has several')
    .action((name: string, options: StartOptions) => startHotfix(ports, name, options));
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
  const { done } = await applyPlan(plan, contextFor(ports, github, repository));
  ports.stdout.write(
    options.json === true
      ? `${JSON.stringify({ reasons: plan.reasons, done }, undefined, 2)}\n`
      : [...plan.reasons, ...done].map((line) => `${line}\n`).join(''),
  );
}

function publishedBy(github: GitHub, repository: string, config: Config): Promise<readonly PublishedRelease[]> {
  const services = new Map([...(config.services?.services.keys() ?? [])].map((service) => [service, '']));
  return readPublished(github, { accept: [{ repository, services, verify: [] }] }, (page) => page.length === 0);
}

async function findCommit(
  ports: Ports,
  github: GitHub,
  repository: string,
  config: Config,
  published: readonly PublishedRelease[],
  options: StartOptions,
): Promise<string> {
  const [owner = '', repo = ''] = repository.split('/');
  if (/^[0-9a-f]{7,40}$/.test(options.from)) {
    try {
      const { data } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}', {
        owner,
        repo,
        ref: options.from,
      });
      return data.sha;
    } catch (error) {
      if (![404, 422].includes(statusOf(error) ?? 0)) throw error;
      throw new TrunklineError('NOT_FOUND', `expected a commit of ${repository}, found none called ${options.from}`, {
        hint: 'push it first, name it whole, or name an environment: --from prod',
      });
    }
  }
  const infra = config.services?.infra;
  const service = options.service ?? [...(config.services?.services.keys() ?? [])][0];
  if (infra === undefined || service === undefined) {
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected trunkline.yaml with kind: Services here, to find what runs in "${options.from}", found none`,
      { hint: 'name the commit, 7 to 40 hexadecimal digits: --from 1a2b3c4' },
    );
  }
  const there = clientFor(ports, infra, true, readCredentials(ports.env));
  const state = await reachBack(
    there,
    await readState(there, { repository: infra, deployments: [options.from], now: ports.clock.now() }),
    [{ service, environment: options.from, enough: (records) => records.length >= wayEnough }],
  );
  findEnvironment(state, options.from);
  for (const line of rollbackFirst(state, service, options.from)) ports.stderr.write(`note: ${line}\n`);
  const digest = readPin(state.config, state.files, service, options.from)?.digest;
  const commit = published.find((one) => one.service === service && one.digest === digest)?.source?.commit;
  if (commit !== undefined) return commit;
  throw new TrunklineError(
    'NOT_FOUND',
    `expected a recorded release of ${service} in ${options.from}, found ${digest ?? 'nothing pinned'}`,
    { hint: 'name the commit: --from 1a2b3c4' },
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
