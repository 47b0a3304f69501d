import type { PublishedRelease } from '../../delivery/state.ts';
import { TrunklineError } from '../../errors.ts';
import type { Source } from '../../model/release.ts';
import { readCommitChecks } from './commit-checks.ts';
import { readCommitPulls } from './commit-pulls.ts';
import { readDeploymentFacts } from './deployment-facts.ts';
import { readFreezes } from './freezes.ts';
import { releaseOf } from './layout.ts';
import { readRecords } from './measure-facts.ts';
import { sourcesOf } from './sources.ts';
import { tolerant } from './status-facts.ts';
import { applicationStages, type SourceFacts } from './trace-application.ts';
import { environmentStages, type ReleaseFacts } from './trace-environments.ts';
import { type Stage, stage, stuckAt } from './trace-stages.ts';
import type { Subject } from './trace-subject.ts';
import {
  carriersBeside,
  carriersOf,
  inClone,
  type Known,
  ownReleases,
  sourceOf,
  type Target,
  type TraceOptions,
  targetsOf,
} from './trace-targets.ts';
import { readWaitingPulls } from './waiting-pulls.ts';

/** How far one service's release, or a change that has none yet, has come. */
export interface Trace {
  readonly service: string | null;
  readonly release: string | null;
  readonly source: Source | null;
  readonly stages: readonly Stage[];
  readonly stuck: Stage | null;
}
/** Follows a change through all eight stages. @throws NOT_FOUND where nothing knows it, INPUT_INVALID where it names several */
export async function readTrace(subject: Subject, text: string, options: TraceOptions): Promise<readonly Trace[]> {
  const { snapshot, movements, github, infra, notes } = options;
  const { config } = snapshot;
  const published =
    github === undefined || config === undefined ? [] : await readRecords(github, config, movements, notes);
  const open =
    github === undefined
      ? []
      : await tolerant('open pull requests', notes, [], () =>
          readWaitingPulls(github, infra.repository ?? '', infra, snapshot, options.now, notes),
        );
  const sources = sourcesOf(movements, published, config, options.clone?.repository);
  const known = { ...options, published, open, sources };
  const named = targetsOf(subject, known);
  const facts = await sourceOf(subject, named, known);
  const source =
    facts ?? named.map((one) => sources.get(one.release)).find((one) => one !== undefined) ?? inClone(subject, known);
  const own = named.length > 0 ? named : ownReleases(source, known);
  const targets = own.length > 0 || source === undefined ? own : await carriersOf(source, known);
  if (targets.length === 0 && source === undefined) throw unknown(text, options);
  const first = facts === undefined ? firstStages(source, options) : applicationStages(facts);
  if (targets.length === 0) return [unreleased(first, facts, source)];
  return Promise.all(targets.map((target) => traceOne(target, first, source, facts, known)));
}

async function traceOne(
  target: Target,
  first: readonly Stage[],
  source: Source | undefined,
  facts: SourceFacts | undefined,
  known: Known,
): Promise<Trace> {
  const { snapshot, github, infra, notes, open, sources, published } = known;
  const movements = known.movements.filter((one) => one.service === target.service);
  const carriers = await carriersBeside(target, sources.get(target.release), known);
  const arrivals = movements.filter(
    (one) => one.after !== undefined && (releaseOf(one.after) === target.release || carriers.has(releaseOf(one.after))),
  );
  const newest = snapshot.layout.environments.flatMap(
    ({ name }) => movements.find((one) => one.environment === name) ?? [],
  );
  const commits = [...new Set([...arrivals, ...newest].map((one) => one.commit.sha))].slice(0, 50);
  let asked: ReleaseFacts['github'];
  if (github !== undefined) {
    const repository = infra.repository ?? '';
    const pulls = await tolerant('who merged what', notes, new Map(), () =>
      readCommitPulls(github, repository, commits),
    );
    const heads = [...pulls.values()].map((one) => one.headOid);
    const environments = snapshot.layout.environments.map((one) => one.name);
    const [deployments, checks] = await Promise.all([
      tolerant('deployments', notes, [], () => readDeploymentFacts(github, repository, environments)),
      tolerant('statuses', notes, new Map(), () =>
        readCommitChecks(github, repository, [...arrivals.map((one) => one.commit.sha), ...heads].slice(0, 60)),
      ),
    ]);
    asked = { open, pulls, deployments, checks };
  }
  const placed = new Set(
    [...snapshot.places, ...movements].filter((one) => one.service === target.service).map((one) => one.environment),
  );
  const record = published.find((one) => one.digest === target.release && one.service === target.service);
  const later = environmentStages({
    service: target.service,
    release: target.release,
    unpublished: recordText(record),
    configured: snapshot.config !== undefined,
    environments: snapshot.layout.environments.filter(({ name }) => placed.has(name)),
    movements,
    holds: snapshot.holds,
    frozen: await readFreezes(snapshot, known.now, notes),
    now: known.now,
    carriers,
    github: asked,
  });
  // What is pinned has passed the stages before, whatever could not be read of them.
  const stages = [...first, ...later];
  return {
    service: target.service,
    release: target.release,
    source: facts === undefined ? (source ?? null) : { repository: facts.repository, commit: facts.commit },
    stages,
    stuck: stuckAt(later) ?? stuckAt(first) ?? null,
  };
}

function recordText(record: PublishedRelease | undefined): string {
  if (record === undefined) return '';
  const at = record.at.slice(0, 16).replace('T', ' ');
  return record.delivered
    ? `published ${at} and acknowledged, but nothing proposes it`
    : `published ${at}, but infra has not taken it up: a lost doorbell is rung again by trunkline ci sweep`;
}

/** A change that no release has yet. */
function unreleased(first: readonly Stage[], facts: SourceFacts | undefined, source: Source | undefined): Trace {
  const waits = stuckAt(first);
  const failed = facts?.checks.find((one) => one.state === 'failed');
  const running = facts?.checks.find((one) => one.state === 'pending');
  const why =
    failed !== undefined
      ? `nothing was published: ${failed.name} failed`
      : running !== undefined
        ? `not published yet: ${running.name} is running`
        : facts === undefined
          ? 'no release that is pinned contains it; whether one was published is not known'
          : 'nothing was published, and no check on the commit says why';
  const check = failed ?? running;
  const update =
    waits === undefined
      ? stage('infra update', null, 'here', why, { at: check?.at, url: check?.url })
      : stage('infra update', null, 'not reached', '');
  const stages = [
    ...first,
    update,
    ...(['reconcile', 'rollout', 'health'] as const).map((name) => stage(name, null, 'not reached', '')),
  ];
  return {
    service: null,
    release: null,
    source: facts === undefined ? (source ?? null) : { repository: facts.repository, commit: facts.commit },
    stages,
    stuck: stuckAt(stages) ?? null,
  };
}

/** The first four stages without GitHub: a clone knows the commit, a trailer names it, or nothing does. */
function firstStages(source: Source | undefined, { github, clone }: TraceOptions): readonly Stage[] {
  const why =
    github === undefined ? 'GitHub was not asked' : 'the application repository is not known, or cannot be read';
  const found = source === undefined ? undefined : clone?.commits.get(source.commit);
  const commit =
    source === undefined
      ? stage('commit', null, 'unknown', 'nothing names the commit that the release was built from')
      : found === undefined
        ? stage('commit', null, 'unknown', `${source.commit.slice(0, 7)}, as the delivery says; ${why}`)
        : stage('commit', null, 'done', `${found.author}: ${found.subject}`, { at: found.at });
  return [
    commit,
    ...(['pull request', 'checks', 'review and merge'] as const).map((name) => stage(name, null, 'unknown', why)),
  ];
}

function unknown(text: string, { github, infra, movements }: TraceOptions): TrunklineError {
  return new TrunklineError(
    'NOT_FOUND',
    `expected something that history, records or open pull requests know, found "${text}"`,
    {
      hint:
        github === undefined
          ? `only pins in ${infra.repository ?? infra.folder} were looked at (${movements.length} changes): with GITHUB_TOKEN commits and pull requests of the application repositories are found too`
          : 'name it whole: acme/app#42, acme/app@1a2b3c4, sha256:…; a repository that may not be read is not searched',
    },
  );
}
