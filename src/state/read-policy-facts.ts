import { calendarFiles, holdsPath, hotfixesPath, manifestFiles } from '../config/config.ts';
import { changedPins } from '../delivery/changed.ts';
import { type JudgedPull, type PinChange, type PolicyFacts, stepKey } from '../delivery/policy/facts.ts';
import { teamsNamed } from '../delivery/policy/judge.ts';
import type { SignatureVerdict } from '../delivery/policy/signature-gate.ts';
import { parseHolds, parseHotfixes } from '../delivery/records.ts';
import type { PublishedRelease, Step } from '../delivery/state.ts';
import { type GitHub, statusOf } from '../github/client.ts';
import { graphqlRefusal } from '../github/graphql-refusal.ts';
import { runIdOf } from '../github/run.ts';
import type { Hotfix } from '../model/hotfix.ts';
import type { Source } from '../model/release.ts';
import { parseTrailers, trailers } from '../model/trailer.ts';
import { readStep } from './ancestry.ts';
import { type DeploymentPage, deploymentsField, readPages } from './deployments.ts';
import { everyPage } from './find-pulls.ts';
import { type HeadChecksAnswer, headChecksField, readHeadChecks } from './head-checks.ts';
import { reachBack, type WantedRecords } from './older-deployments.ts';
import { isGone, type PublishedAnswer, publishedQuery, readPublished, recordGroups } from './published.ts';
import { readDifference } from './read-difference.ts';
import { type FoundPull, type Judged, latestReviews } from './read-judged.ts';
import { fileField, readTexts } from './read-state.ts';
import { readTeams, type TeamsAnswer, teamsQuery } from './read-teams.ts';

interface Answer {
  readonly repository:
    | ({ readonly head?: HeadChecksAnswer | null } & Readonly<
        Record<`f${number}`, { readonly text?: string | null } | null>
      > &
        Readonly<Record<`d${number}`, DeploymentPage>>)
    | null;
  readonly organization?: TeamsAnswer | null;
}

/**
 * Everything that the policy wants to know of one pull request: two requests, a third for the run that it names, a fourth
 * where it left the base branch before its tip, and for an App one more for each further owner that may ship. `verify` looks at signatures, in registries.
 */
export async function readPolicyFacts(
  github: GitHub,
  judged: Judged,
  repository: string,
  found: FoundPull,
  now: number,
  verify?: (releases: readonly PublishedRelease[]) => Promise<ReadonlyMap<string, SignatureVerdict>>,
): Promise<PolicyFacts> {
  const { config } = judged;
  const paths = [...manifestFiles(config), holdsPath, hotfixesPath, ...calendarFiles(config)];
  const difference = await readDifference(github, repository, found);
  const answer = await ask(github, judged, repository, paths, found.headOid);
  const textAt = (offset: number): ReadonlyMap<string, string> =>
    new Map(
      paths.flatMap((path, index) => {
        const text = answer.repository?.[`f${offset + index}`]?.text;
        return typeof text === 'string' ? [[path, text] as const] : [];
      }),
    );
  const [files, after] = [textAt(0), textAt(paths.length)];
  const before =
    difference.mergeBase === judged.baseOid ? files : await textsAt(github, repository, difference.mergeBase, paths);
  const state = {
    ...judged,
    repository,
    files,
    holds: parseHolds(files.get(holdsPath)),
    hotfixes: parseHotfixes(files.get(hotfixesPath)),
    pulls: [],
    deployments: [],
    now,
  };
  const changes = changedPins(config, before, after);
  const wanted = new Set(changes.flatMap((change) => [change.after, change.before]).filter((one) => one !== undefined));
  const published = await readPublished(
    github,
    { ...config, infra: repository },
    (page) => page.some((one) => wanted.delete(one.digest) && wanted.size === 0),
    [answer as unknown as PublishedAnswer],
  );
  const pinned = published.filter((one) =>
    changes.some((change) => change.service === one.service && change.after === one.digest),
  );
  const signatures = await verify?.(pinned);
  const run = await readNamedRun(github, repository, found.body);
  const steps = await readSteps(
    github,
    changes,
    [...state.hotfixes, ...parseHotfixes(after.get(hotfixesPath))],
    published,
  );
  const [organization = ''] = repository.split('/');
  const recorded = config.environments.map(({ name }, index) => [name, answer.repository?.[`d${index}`]] as const);
  const { deployments } = await reachBack(
    github,
    readPages(repository, recorded),
    changes.flatMap((change) => recordsFor(judged, change)),
  );
  return {
    state,
    pull: await withAllReviews(github, repository, found, {
      ...difference,
      checks: readHeadChecks(answer.repository?.head),
    }),
    before,
    after,
    ...(run === undefined ? {} : { run }),
    teams: await readTeams(github, organization, teamsNamed(state), answer.organization),
    published,
    ...(signatures === undefined ? {} : { signatures }),
    steps,
    deployments,
  };
}

/** Whether the release ran there, and in the environment before, is told by its own records. */
function recordsFor({ config }: Judged, { service, environment, after }: PinChange): readonly WantedRecords[] {
  const from = config.environments.find((one) => one.name === environment)?.from;
  return [environment, ...(from === undefined ? [] : [from])].map((name) => ({
    service,
    environment: name,
    enough: (records) => records.some((one) => one.digest === after),
  }));
}

/** Manifests and records at the base branch and at the head, deployments, published releases and teams, in one query. */
async function ask(
  github: GitHub,
  judged: Judged,
  repository: string,
  paths: readonly string[],
  headOid: string,
): Promise<Answer> {
  const [owner = '', name = ''] = repository.split('/');
  const expressions = [judged.baseOid, headOid].flatMap((oid) => paths.map((path) => `${oid}:${path}`));
  const [home = []] = recordGroups(github, { ...judged.config, infra: repository });
  const published = publishedQuery(home);
  const teams = teamsQuery(teamsNamed({ config: judged.config }));
  const environments = judged.config.environments.map((one) => one.name);
  const checks = headChecksField(judged.config);
  const parameters = [
    '$owner: String!, $name: String!',
    ...(checks === undefined ? [] : ['$head: GitObjectID!']),
    ...expressions.map((_, index) => `$e${index}: String!`),
    ...environments.map((_, index) => `$environment${index}: String!`),
    ...published.parameters,
    ...teams.parameters,
  ];
  const document = `query Facts(${parameters.join(', ')}) {
repository(owner: $owner, name: $name) {
${checks ?? ''}
${expressions.map((_, index) => fileField(index)).join('\n')}
${environments.map((_, index) => `d${index}: ${deploymentsField(`$environment${index}`)}`).join('\n')}
}
${[...published.fields, ...teams.fields].join('\n')}
}`;
  const { data, errors } = await github.mutate<Answer>(document, {
    owner,
    name,
    ...(checks === undefined ? {} : { head: headOid }),
    ...Object.fromEntries(expressions.map((expression, index) => [`e${index}`, expression])),
    ...Object.fromEntries(environments.map((environment, index) => [`environment${index}`, environment])),
    ...published.variables,
    ...teams.variables,
  });
  // A person's account has no teams: then nobody is in them, and nothing that wants them can be approved.
  // What a repository that is gone published is not known: then it counts for nothing.
  const faults = errors.filter(
    (one) => !isGone(one) && !(one.type === 'NOT_FOUND' && one.path?.[0] === 'organization'),
  );
  if (data !== undefined && faults.length === 0) return data;
  throw graphqlRefusal('what the policy asked', faults);
}

async function textsAt(
  github: GitHub,
  repository: string,
  oid: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const texts = await readTexts(
    github,
    repository,
    paths.map((path) => `${oid}:${path}`),
  );
  return new Map([...texts].map(([expression, text]) => [expression.slice(oid.length + 1), text]));
}

async function withAllReviews(
  github: GitHub,
  repository: string,
  { moreReviews, said: _, ...pull }: FoundPull,
  { paths, authors, checks }: Pick<JudgedPull, 'paths' | 'authors' | 'checks'>,
): Promise<JudgedPull> {
  const judged = { ...pull, paths, authors, checks };
  if (!moreReviews) return judged;
  const [owner = '', repo = ''] = repository.split('/');
  const reviews = await everyPage((page) =>
    github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
      owner,
      repo,
      pull_number: pull.number,
      per_page: 100,
      page,
    }),
  );
  return {
    ...judged,
    reviews: latestReviews(
      reviews.map((one) => ({
        author: one.user?.login,
        state: one.state,
        commit: one.commit_id ?? undefined,
        at: one.submitted_at,
      })),
    ),
  };
}

/** What lies between a hotfix that is pinned and what takes its place; asked only where there is one. */
async function readSteps(
  github: GitHub,
  changes: readonly PinChange[],
  hotfixes: readonly Hotfix[],
  published: readonly PublishedRelease[],
): Promise<ReadonlyMap<string, Step>> {
  const steps = new Map<string, Step>();
  for (const change of changes) {
    const { service, environment, before, after } = change;
    const pinned = hotfixes.some(
      (one) => one.service === service && one.environment === environment && one.digest === before,
    );
    if (!pinned) continue;
    const sourceOf = (digest: string | undefined): Source | undefined =>
      published.find((one) => one.service === service && one.digest === digest)?.source;
    steps.set(stepKey(change), await readStep(github, sourceOf(before), sourceOf(after)));
  }
  return steps;
}

/** The run of this repository that the body names. */
async function readNamedRun(github: GitHub, repository: string, body: string): Promise<PolicyFacts['run']> {
  const id = runIdOf(parseTrailers(body).get(trailers.run), repository);
  if (id === undefined) return undefined;
  const [owner = '', repo = ''] = repository.split('/');
  try {
    const { data } = await github.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', {
      owner,
      repo,
      run_id: id,
    });
    const actor = data.actor?.login;
    return actor === undefined ? undefined : { actor, triggeringActor: data.triggering_actor?.login ?? actor };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
