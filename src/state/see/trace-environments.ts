import { type Hold, holds } from '../../model/hold.ts';
import type { CommitPull } from './commit-pulls.ts';
import type { DeploymentFact } from './deployment-facts.ts';
import type { Frozen } from './freezes.ts';
import { releaseOf, type SeenEnvironment } from './layout.ts';
import { backward, type Movement } from './movements.ts';
import { pullNumberOf } from './pull-number.ts';
import type { WaitingPull } from './status.ts';
import type { TimedCheck } from './trace-application.ts';
import { type Stage, stage } from './trace-stages.ts';
import { waitsOf } from './waits.ts';

/** What the stages of a service's release in the environments are judged by. */
export interface ReleaseFacts {
  readonly service: string;
  /** The release that carries the change; undefined before there is one. */
  readonly release: string | undefined;
  /** Why there is none yet, or why it goes no further than being published. */
  readonly unpublished: string;
  /** Those that the service has a place in. */
  readonly environments: readonly SeenEnvironment[];
  /** Of the service, newest first, over all of history. */
  readonly movements: readonly Movement[];
  readonly holds: readonly Hold[];
  readonly frozen: readonly Frozen[];
  readonly now: number;
  /** Whether the commands that write work here. */
  readonly configured: boolean;
  /** Releases that are known to contain the change too. */
  readonly carriers: ReadonlySet<string>;
  /** Undefined where GitHub was not asked. */
  readonly github:
    | {
        readonly open: readonly WaitingPull[];
        readonly pulls: ReadonlyMap<string, CommitPull>;
        readonly deployments: readonly DeploymentFact[];
        /** Checks and statuses by commit of the infra repository. */
        readonly checks: ReadonlyMap<string, readonly TimedCheck[]>;
      }
    | undefined;
}

/** Stages five to eight in each environment, in their order. */
export function environmentStages(facts: ReleaseFacts): readonly Stage[] {
  const found: Stage[] = [];
  /** Environments that have the change. */
  const reached = new Set<string>();
  for (const environment of facts.environments) {
    const arrival = arrivalIn(facts, environment.name);
    const before = environment.from;
    const open = before === undefined || !facts.environments.some((one) => one.name === before) || reached.has(before);
    const update = arrival === undefined ? waitingStage(facts, environment.name, open) : arrivedStage(facts, arrival);
    found.push(update);
    if (arrival === undefined) {
      for (const name of ['reconcile', 'rollout', 'health'] as const)
        found.push(stage(name, environment.name, 'not reached', ''));
      continue;
    }
    reached.add(environment.name);
    found.push(...afterwards(facts, arrival));
  }
  return found;
}

/** The change that brought the release, or one that contains the change, into the environment for the first time. */
function arrivalIn({ movements, release, carriers }: ReleaseFacts, environment: string): Movement | undefined {
  const fits = (one: Movement): boolean =>
    one.environment === environment &&
    one.after !== undefined &&
    (releaseOf(one.after) === release || carriers.has(releaseOf(one.after)));
  return movements.findLast(fits);
}

function arrivedStage(facts: ReleaseFacts, arrival: Movement): Stage {
  const { environment, commit } = arrival;
  const pull = facts.github?.pulls.get(commit.sha);
  const number = pullNumberOf(commit.message);
  const carried =
    arrival.after !== undefined && releaseOf(arrival.after) !== facts.release
      ? `, carried by ${short(releaseOf(arrival.after))}`
      : '';
  const by =
    pull === undefined
      ? `${commit.author} ${number === undefined ? `in ${commit.sha.slice(0, 7)}` : `by #${number}`}`
      : `#${pull.number} by ${pull.author}, merged by ${pull.mergedBy ?? 'somebody'}`;
  const now = facts.movements.find((one) => one.environment === environment);
  const there = now?.after === undefined ? undefined : releaseOf(now.after);
  const still = there === facts.release || (there !== undefined && facts.carriers.has(there));
  if (!still && now !== undefined && backward.has(now.kind)) {
    return stage(
      'infra update',
      environment,
      'here',
      `was pinned by ${by}, but taken back (${now.kind}) to ${short(there)}${heldText(facts, environment)}`,
      {
        at: now.commit.at,
        url: facts.github?.pulls.get(now.commit.sha)?.url,
      },
    );
  }
  return stage(
    'infra update',
    environment,
    'done',
    `pinned by ${by}${carried}${still ? '' : `, since replaced by ${short(there)}`}`,
    { at: commit.at, url: pull?.url },
  );
}

function waitingStage(facts: ReleaseFacts, environment: string, open: boolean): Stage {
  const { release, github } = facts;
  if (release === undefined)
    return stage('infra update', environment, open ? 'here' : 'not reached', open ? facts.unpublished : '');
  const pulls = (github?.open ?? []).filter(({ changes }) =>
    changes.some(
      (one) =>
        one.service === facts.service &&
        one.environment === environment &&
        one.after !== undefined &&
        releaseOf(one.after) === release,
    ),
  );
  const [pull] = pulls;
  if (pull !== undefined) {
    const waits = waitsOf(pull.pull, pull.judgement);
    const why = waits.length === 0 ? 'about to merge by itself' : waits.join('; ');
    return stage('infra update', environment, 'here', `#${pull.pull.number} is open: ${why}`, {
      at: pull.pull.createdAt,
      url: pull.pull.url,
    });
  }
  if (!open) return stage('infra update', environment, 'not reached', '');
  const held = `${heldText(facts, environment)}${frozenText(facts, environment)}`;
  if (held !== '') return stage('infra update', environment, 'here', `nothing proposes it${held}`);
  const unasked = github === undefined ? ' (whether a pull request is open is not known: GitHub was not asked)' : '';
  const first = facts.environments.find((one) => one.name === environment)?.from === undefined;
  const mend = facts.configured && !first ? `: trunkline promote ${facts.service} --to ${environment}` : '';
  return stage(
    'infra update',
    environment,
    'here',
    `${first && facts.unpublished !== '' ? facts.unpublished : `nobody has proposed it${mend}`}${unasked}`,
  );
}

function frozenText({ frozen }: ReleaseFacts, environment: string): string {
  const found = frozen.find((one) => one.environment === environment && one.freezes.length > 0);
  return found === undefined
    ? ''
    : `; frozen by ${found.freezes.join(', ')}${found.until === null ? '' : ` until ${found.until}`}`;
}

function heldText({ holds: all, service, now }: ReleaseFacts, environment: string): string {
  const hold = all.find((one) => holds(one, service, environment, now));
  return hold === undefined
    ? ''
    : `; held by @${hold.author}${hold.until === undefined ? '' : ` until ${hold.until}`}: ${hold.reason}`;
}

/** Reconcile, rollout and health by deployment records, and by checks and statuses that name the environment. */
function afterwards(facts: ReleaseFacts, arrival: Movement): readonly Stage[] {
  const { environment } = arrival;
  const { github } = facts;
  if (github === undefined) {
    return (['reconcile', 'rollout', 'health'] as const).map((name) =>
      stage(name, environment, 'unknown', 'GitHub was not asked'),
    );
  }
  const digest = arrival.after?.digest;
  const deployment =
    github.deployments.find(
      (one) =>
        one.environment === environment &&
        one.service === facts.service &&
        one.digest !== undefined &&
        one.digest === digest,
    ) ??
    github.deployments.find(
      (one) => one.environment === environment && one.service === undefined && one.commit === arrival.commit.sha,
    );
  const checks = [...github.checks.values()].flat().filter((one) => names(one.name, environment));
  const reconcile =
    deploymentStage(deployment, environment) ?? checkStage('reconcile', environment, checks, /sync|reconcil/i);
  const rollout = checkStage('rollout', environment, checks, /rollout|canary|progressive|analysis/i);
  const health = checkStage('health', environment, checks, /health|slo|soak/i) ?? healthOf(deployment, environment);
  const known = [
    reconcile ??
      stage(
        'reconcile',
        environment,
        'unknown',
        'nothing on GitHub reports it: no deployment record, no status that says "synced"',
      ),
    rollout ?? stage('rollout', environment, 'unknown', 'nothing on GitHub reports a rollout'),
    health ?? stage('health', environment, 'unknown', 'nothing on GitHub reports health'),
  ];
  // Behind one that waits nothing has happened, unless something says so.
  const at = known.findIndex((one) => one.state === 'here');
  return known.map((one, index) =>
    at !== -1 && index > at && one.state === 'unknown' ? stage(one.stage, environment, 'not reached', '') : one,
  );
}

function deploymentStage(found: DeploymentFact | undefined, environment: string): Stage | undefined {
  if (found === undefined) return undefined;
  const more = { url: found.url };
  if (found.succeededAt !== undefined)
    return stage('reconcile', environment, 'done', 'deployed', { at: found.succeededAt, ...more });
  const said = found.description === '' ? '' : `: ${found.description}`;
  if (found.failedAt !== undefined)
    return stage('reconcile', environment, 'here', `the deployment failed${said}`, { at: found.failedAt, ...more });
  const words =
    found.state === 'waiting' ? 'waits for the environment’s approval' : `is ${found.state.replaceAll('_', ' ')}`;
  return stage('reconcile', environment, 'here', `the deployment ${words}${said}`, { at: found.at, ...more });
}

/** Our own records become successful once the service is healthy; anybody else's say nothing of it. */
function healthOf(found: DeploymentFact | undefined, environment: string): Stage | undefined {
  if (found?.service === undefined || found.succeededAt === undefined) return undefined;
  return stage('health', environment, 'done', 'healthy when it was deployed', {
    at: found.succeededAt,
    url: found.url,
  });
}

function checkStage(
  name: 'reconcile' | 'rollout' | 'health',
  environment: string,
  checks: readonly TimedCheck[],
  word: RegExp,
): Stage | undefined {
  const found = checks.filter((one) => word.test(one.name)).sort((a, b) => b.at - a.at)[0];
  if (found === undefined) return undefined;
  const state = found.state === 'ok' ? 'done' : 'here';
  return stage(name, environment, state, `${found.name}: ${found.text}`, { at: found.at, url: found.url });
}

/** Whether a check's name has the environment's as a word of its own: `argo-cd-prod-synced`, but not `preprod`. */
function names(check: string, environment: string): boolean {
  const literal = environment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![a-z0-9])${literal}(?![a-z0-9])`, 'i').test(check);
}

function short(release: string | undefined): string {
  return release === undefined ? 'nothing' : release.replace(/^sha256:/, '').slice(0, 12);
}
