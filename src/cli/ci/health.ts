import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { applyHealth } from '../../apply/health.ts';
import { fillTemplate, manifestFile, serviceNames } from '../../config/config.ts';
import { findEnvironment, requireService } from '../../delivery/change.ts';
import { type HealthPlan, planHealth, type Sighting } from '../../delivery/health/plan-health.ts';
import type { State } from '../../delivery/state.ts';
import { waitHealthy } from '../../deploy/wait-healthy.ts';
import { TrunklineError } from '../../errors.ts';
import { type GitHub, statusOf } from '../../github/client.ts';
import { setOutput } from '../../github/job-outputs.ts';
import { readRun } from '../../github/run.ts';
import { readPin } from '../../manifest/manifest.ts';
import type { Digest } from '../../model/digest.ts';
import type { Environment } from '../../model/environment.ts';
import type { Ports } from '../../ports.ts';
import { agentReports, type Told } from '../../state/health/agent-reports.ts';
import { type AgentResource, readAgentResources } from '../../state/health/agent-resource.ts';
import { reachBack } from '../../state/older-deployments.ts';
import { readState } from '../../state/read-state.ts';
import { deliveryCommand, durationOption } from '../delivery/options.ts';
import { type CommonOptions, openSession, type Session } from '../delivery/session.ts';
import { Exit } from '../exit.ts';

interface HealthOptions extends CommonOptions {
  readonly environment: string;
  readonly service?: string;
  readonly from?: string;
  readonly soak?: { readonly milliseconds: number; readonly name: string };
  readonly prefix: string;
}

/** `trunkline ci health`: exit code 1 where a pinned release does not serve. */
export function healthCommand(ports: Ports): Command {
  return deliveryCommand(
    'health',
    'record how an environment is, and say on pull requests whether what they bring on is there and healthy; outputs: failed, and deployed: images that have come to serve',
    'trunkline ci health --environment staging\nkubectl get applications.argoproj.io -A -o json > apps.json; trunkline ci health --environment staging --from apps.json',
  )
    .requiredOption('--environment <name>', 'which one')
    .option('--service <name>', 'only this one')
    .option(
      '--from <file>',
      'Applications or Kustomizations as kubectl prints them (by default what the agent told GitHub)',
    )
    .option('--soak <duration>', 'for the status NAME-healthy-DURATION (default: 24h)', (text: string) => ({
      milliseconds: durationOption(text),
      name: text,
    }))
    .option('--prefix <text>', 'before the names of statuses, such as argo-cd-', '')
    .action(async (options: HealthOptions) => {
      const session = await openSession(ports, options);
      const read = await readState(session.github, {
        ...session,
        deployments: [options.environment],
        now: ports.clock.now(),
      });
      const environment = findEnvironment(read, options.environment);
      if (options.service !== undefined) requireService(read, options.service);
      const services = options.service === undefined ? serviceNames(read.config) : [options.service];
      const state = await reachBack(
        session.github,
        read,
        services.map((service) => ({ service, environment: environment.name })),
      );
      const sightings = await look(ports, session, state, environment, services, options.from);
      const known = await knownStatuses(session.github, session.repository, state);
      const { soak = { milliseconds: 86_400_000, name: '24h' }, prefix } = options;
      const plan = planHealth(state, { environment, sightings, soak, prefix, known });
      const { runUrl } = readRun(ports.env);
      const done = options.dryRun === true ? [] : await applyHealth(plan, environment.name, runUrl, session.context);
      report(ports, options, plan, done);
    });
}

/** What is told of each service, and of which commit. A service that nobody tells of is in none of them. */
async function look(
  ports: Ports,
  session: Session,
  state: State,
  environment: Environment,
  services: readonly string[],
  from: string | undefined,
): Promise<readonly Sighting[]> {
  const { pull, deploy } = environment;
  const fill = (template: string, service: string): string =>
    fillTemplate(state.config, template, service, environment.name);
  if (pull !== undefined) {
    const tell =
      from === undefined
        ? agentReports(session.github, session.repository, state.defaultBranch, pull)
        : toldBy(session, state, readAgentResources(from, readFrom(ports, from), session.repository), from);
    return Promise.all(
      services.map(async (service) => {
        const found = await tell(fill(pull.name, service));
        const commit = found?.commit ?? state.baseOid;
        const digest = found === undefined ? undefined : await pinAt(session, state, service, environment.name, commit);
        return { service, commit, digest, reports: found?.reports ?? [], whole: from !== undefined };
      }),
    );
  }
  const url = deploy?.health;
  if (url === undefined)
    throw new TrunklineError(
      'CONFIG_INVALID',
      `expected ${environment.name} to have deploy: argocd, flux or a health URL, found none`,
      { hint: 'deploy: { argocd: "{service}-{environment}" }, or deploy: { command: …, health: "https://…" }' },
    );
  return Promise.all(services.map((service) => probe(ports, state, environment.name, service, fill(url, service))));
}

/** What a job deployed; of what it has not deployed yet an answer says nothing. */
async function probe(ports: Ports, state: State, environment: string, service: string, url: string): Promise<Sighting> {
  const digest = readPin(state.config, state.files, service, environment)?.digest;
  const deployed = state.deployments.find((one) => one.service === service && one.environment === environment);
  const commit = deployed?.commit ?? state.baseOid;
  if (digest === undefined || deployed?.digest !== digest) return { service, commit, digest: undefined, reports: [] };
  const found = await waitHealthy({ url, timeout: 5_000, digest, ports });
  const at = new Date(ports.clock.now()).toISOString();
  const reports =
    found === undefined
      ? [{ state: 'SUCCESS' as const, at, description: '' }]
      : [{ state: 'FAILURE' as const, at, description: `expected 200 from ${url}, found ${found}` }];
  return { service, commit, digest, reports };
}

/** A revision that is not of the branch says nothing of what was merged there. @throws REPORT_INVALID for two of one name */
function toldBy(
  { github, repository }: Session,
  { defaultBranch }: State,
  resources: readonly AgentResource[],
  file: string,
): (name: string) => Promise<Told | undefined> {
  const [owner = '', repo = ''] = repository.split('/');
  return async (name) => {
    const [found, ...others] = resources.filter((one) => one.name === name);
    if (found === undefined) return undefined;
    if (others.length > 0)
      throw new TrunklineError(
        'REPORT_INVALID',
        `expected one resource called ${name}, found one in each of ${[found, ...others].map(({ namespace }) => namespace).join(', ')}`,
        { location: { file }, hint: 'kubectl get … --namespace NAME instead of -A' },
      );
    try {
      const { data } = await github.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
        owner,
        repo,
        basehead: `${defaultBranch}...${found.revision}`,
        per_page: 1,
      });
      const merged = data.status === 'identical' || data.status === 'behind';
      return merged ? { commit: found.revision, reports: found.reports } : undefined;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  };
}

async function pinAt(
  { github, repository }: Session,
  state: State,
  service: string,
  environment: string,
  commit: string,
): Promise<Digest | undefined> {
  const file = manifestFile(state.config, service, environment);
  const [owner = '', repo = ''] = repository.split('/');
  try {
    const { data } = await github.request('GET /repos/{owner}/{repo}/contents/{path}', {
      owner,
      repo,
      path: file,
      ref: commit,
      mediaType: { format: 'raw' },
    });
    return readPin(state.config, new Map([[file, String(data)]]), service, environment)?.digest;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** @throws NOT_FOUND */
function readFrom({ cwd }: Ports, file: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8');
  } catch {
    throw new TrunklineError('NOT_FOUND', `expected what kubectl printed in ${file}, found no such file`);
  }
}

async function knownStatuses(
  github: GitHub,
  repository: string,
  { pulls }: State,
): Promise<
  ReadonlyMap<string, { readonly state: HealthPlan['statuses'][number]['state']; readonly description: string }>
> {
  const [owner = '', repo = ''] = repository.split('/');
  const heads = [...new Set(pulls.map((one) => one.headOid))];
  const answers = await Promise.all(
    heads.map(async (ref) => {
      const { data } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}/status', {
        owner,
        repo,
        ref,
        per_page: 100,
      });
      return data.statuses.map(
        ({ context, state, description }) =>
          [
            `${ref} ${context}`,
            { state: state as HealthPlan['statuses'][number]['state'], description: description ?? '' },
          ] as const,
      );
    }),
  );
  return new Map(answers.flat());
}

function report(ports: Ports, options: HealthOptions, plan: HealthPlan, done: readonly string[]): void {
  // Empty where there is nothing, so that a later job can compare with ''.
  setOutput(ports, 'failed', plan.failed.length === 0 ? '' : JSON.stringify(plan.failed));
  setOutput(ports, 'deployed', plan.arrived.length === 0 ? '' : JSON.stringify(plan.arrived));
  if (options.json === true)
    ports.stdout.write(`${JSON.stringify({ dryRun: options.dryRun === true, ...plan, done }, undefined, 2)}\n`);
  else {
    const would =
      options.dryRun === true
        ? plan.statuses.map((one) => `would say ${one.context}: ${one.state}, ${one.description}`)
        : [];
    ports.stdout.write([...plan.reasons, ...done, ...would].map((line) => `${line}\n`).join(''));
  }
  if (plan.failed.length > 0) throw new Exit(1);
}
