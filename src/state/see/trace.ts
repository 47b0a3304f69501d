import type { PublishedRelease } from '../../delivery/state.ts';
import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import type { Source } from '../../model/release.ts';
import { betweenOnGitHub } from './between.ts';
import { readCommitChecks } from './commit-checks.ts';
import { readCommitPulls } from './commit-pulls.ts';
import { readDeploymentFacts } from './deployment-facts.ts';
import { readFreezes } from './freezes.ts';
import { releaseOf } from './layout.ts';
import { readRecords } from './measure-facts.ts';
import type { Movement } from './movements.ts';
import type { Infra } from './open-infra.ts';
import { pullNumberOf } from './pull-number.ts';
import type { Snapshot } from './snapshot.ts';
import { betweenInClone, type SourceClone, sourcesOf } from './sources.ts';
import type { WaitingPull } from './status.ts';
import { tolerant } from './status-facts.ts';
import { applicationStages, readSourceCommit, readSourcePull, type SourceFacts } from './trace-application.ts';
import { environmentStages, type ReleaseFacts } from './trace-environments.ts';
import { type Stage, stage, stuckAt } from './trace-stages.ts';
import type { Subject } from './trace-subject.ts';
import { readWaitingPulls } from './waiting-pulls.ts';

/** How far one service's release, or a change that has none yet, has come. */
export interface Trace {
  readonly service: string | null;
  readonly release: string | null;
  readonly source: Source | null;
  readonly stages: readonly Stage[];
  readonly stuck: Stage | null;
}

export interface TraceOptions {
  readonly infra: Infra;
  readonly snapshot: Snapshot;
  /** Newest first, over all of history. */
  readonly movements: readonly Movement[];
  readonly github: GitHub | undefined;
  readonly clone: SourceClone | undefined;
  readonly now: number;
  readonly notes: string[];
}

interface Target {
  readonly service: string;
  readonly release: string;
}

/** Comparisons that GitHub is asked for, to find what contains a commit. */
const mostCompared = 20;

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
  const carried = named.length > 0 || source === undefined ? [] : await carriersOf(source, movements, known);
  const own = named.length > 0 ? named : ownReleases(source, known);
  const targets = own.length > 0 ? own : carried;
  if (targets.length === 0 && source === undefined) throw unknown(text, options);
  const first = facts === undefined ? firstStages(source, options) : applicationStages(facts);
  if (targets.length === 0) return [unreleased(first, facts, source)];
  return Promise.all(targets.map((target) => traceOne(target, first, source, facts, known)));
}

type Known = TraceOptions & {
  readonly published: readonly PublishedRelease[];
  readonly open: readonly WaitingPull[];
  readonly sources: ReadonlyMap<string, Source>;
};

/** Releases that the subject names: by digest, tag, source, or by the infra commit or pull request that brings them. */
function targetsOf(subject: Subject, known: Known): readonly Target[] {
  const { movements, published, open, sources, infra } = known;
  const pinned = movements.flatMap((one) =>
    one.after === undefined ? [] : [{ service: one.service, pin: one.after, movement: one }],
  );
  const found: Target[] = [];
  const add = (service: string, release: string): void => {
    if (!found.some((one) => one.service === service && one.release === release)) found.push({ service, release });
  };
  const here = (repository: string | undefined): boolean => repository === undefined || repository === infra.repository;
  if (subject.kind === 'digest' || subject.kind === 'hex') {
    for (const { service, pin } of pinned)
      if (pin.digest?.startsWith(`sha256:${subject.hex}`) === true) add(service, pin.digest);
    for (const one of published) if (one.digest.startsWith(`sha256:${subject.hex}`)) add(one.service, one.digest);
    for (const { changes } of open)
      for (const { service, after } of changes)
        if (after?.digest?.startsWith(`sha256:${subject.hex}`) === true) add(service, after.digest);
  }
  if (subject.kind === 'tag')
    for (const { service, pin } of pinned) if (pin.tag === subject.tag) add(service, releaseOf(pin));
  if (subject.kind === 'hex' || (subject.kind === 'commit' && here(subject.repository))) {
    for (const { service, pin, movement } of pinned)
      if (movement.commit.sha.startsWith(subject.hex)) add(service, releaseOf(pin));
  }
  if (subject.kind === 'hex' || subject.kind === 'commit') {
    // Tags that are a commit, or end in one, name it where no repository can be told.
    const tagged = new RegExp(`(?:^|[^0-9a-f])${subject.hex}`);
    for (const { service, pin } of pinned)
      if (pin.tag !== undefined && tagged.test(pin.tag)) add(service, releaseOf(pin));
    for (const { service, pin } of pinned)
      if (sources.get(releaseOf(pin))?.commit.startsWith(subject.hex) === true) add(service, releaseOf(pin));
    for (const one of published) if (one.source?.commit.startsWith(subject.hex) === true) add(one.service, one.digest);
  }
  if (subject.kind === 'pull' && here(subject.repository)) {
    for (const { service, pin, movement } of pinned)
      if (pullNumberOf(movement.commit.message) === subject.number) add(service, releaseOf(pin));
    for (const { pull, changes } of open)
      if (pull.number === subject.number)
        for (const { service, after } of changes) if (after !== undefined) add(service, releaseOf(after));
  }
  const releases = [...new Set(found.map((one) => one.release))];
  if (releases.length > 1 && (subject.kind === 'digest' || subject.kind === 'hex') && subject.hex.length < 40) {
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected one release, found ${releases.length} that begin with "${subject.hex}"`,
      {
        hint: releases.slice(0, 10).join('\n'),
      },
    );
  }
  return found;
}

/** The commit behind it, as GitHub knows it; undefined offline and where no application repository can be read. */
async function sourceOf(subject: Subject, named: readonly Target[], known: Known): Promise<SourceFacts | undefined> {
  const { github, sources, snapshot, infra } = known;
  if (github === undefined) return undefined;
  const source = named.map((one) => sources.get(one.release)).find((one) => one !== undefined);
  if (source !== undefined) return readSourceCommit(github, source.repository, source.commit);
  if (named.length > 0 || subject.kind === 'digest' || subject.kind === 'tag') return undefined;
  const asked =
    'repository' in subject && subject.repository !== undefined
      ? [subject.repository]
      : (snapshot.config?.accept.map((one) => one.repository) ?? []);
  for (const repository of asked.filter((one) => one !== infra.repository)) {
    const facts =
      subject.kind === 'pull'
        ? await readSourcePull(github, repository, subject.number)
        : await readSourceCommit(github, repository, subject.hex);
    if (facts === undefined) continue;
    // A commit of a branch was merged as another one.
    const merged = facts.pull?.mergeCommit;
    const at =
      merged === undefined || merged === facts.commit ? undefined : await readSourceCommit(github, repository, merged);
    return at === undefined ? facts : { ...at, pull: facts.pull };
  }
  return undefined;
}

/** A commit that only the clone knows. */
function inClone(subject: Subject, { clone }: Known): Source | undefined {
  if (clone === undefined || (subject.kind !== 'hex' && subject.kind !== 'commit')) return undefined;
  const commit = [...clone.commits.keys()].find((sha) => sha.startsWith(subject.hex));
  return commit === undefined ? undefined : { repository: clone.repository, commit };
}

/** Whoever gives a clone says that it is the repository of what is asked about. */
function alike(one: Source, other: Source, { clone }: Known): boolean {
  return clone !== undefined || one.repository === other.repository;
}

function ownReleases(source: Source | undefined, { movements, published, sources }: Known): readonly Target[] {
  if (source === undefined) return [];
  const found = new Map<string, Target>();
  for (const { service, after } of movements) {
    if (after !== undefined && sources.get(releaseOf(after))?.commit === source.commit)
      found.set(service, { service, release: releaseOf(after) });
  }
  for (const one of published)
    if (one.source?.commit === source.commit) found.set(one.service, { service: one.service, release: one.digest });
  return [...found.values()];
}

/** What is pinned now and contains the commit, a service each. */
async function carriersOf(source: Source, movements: readonly Movement[], known: Known): Promise<readonly Target[]> {
  const { snapshot, sources } = known;
  const found = new Map<string, Target>();
  let asked = 0;
  for (const { name } of snapshot.layout.environments) {
    for (const { service, environment, pin } of snapshot.places) {
      if (environment !== name || pin === undefined || found.has(service)) continue;
      const other = sources.get(releaseOf(pin));
      if (other === undefined || !alike(other, source, known) || asked >= mostCompared) continue;
      asked += 1;
      if (await contains(other, source, known)) found.set(service, { service, release: releaseOf(pin) });
    }
  }
  return movements.length === 0 ? [] : [...found.values()];
}

async function contains(newer: Source, older: Source, { github, clone }: Known): Promise<boolean> {
  const between =
    (clone === undefined ? undefined : await betweenInClone(clone, older.commit, newer.commit)) ??
    (github === undefined ? undefined : await betweenOnGitHub(github, older.repository, older.commit, newer.commit));
  return between?.direction === 'ahead' || between?.direction === 'same';
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

/** Releases that other environments have now and that contain this one's commit. */
async function carriersBeside(target: Target, source: Source | undefined, known: Known): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (source === undefined) return found;
  let asked = 0;
  for (const { service, pin } of known.snapshot.places) {
    if (
      service !== target.service ||
      pin === undefined ||
      releaseOf(pin) === target.release ||
      found.has(releaseOf(pin))
    )
      continue;
    const other = known.sources.get(releaseOf(pin));
    if (other === undefined || !alike(other, source, known) || asked >= mostCompared) continue;
    asked += 1;
    if (await contains(other, source, known)) found.add(releaseOf(pin));
  }
  return found;
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
