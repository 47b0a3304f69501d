import { TrunklineError } from '../../errors.ts';
import { type GitHub, statusOf } from '../../github/client.ts';
import { type ActorNode, actorFields, loginOf } from './commit-pulls.ts';
import { type CheckNode, checkFields, type OpenCheck, openCheck } from './open-pulls.ts';
import { type Stage, stage } from './trace-stages.ts';

/** A commit of an application repository as GitHub knows it. */
export interface SourceFacts {
  readonly repository: string;
  readonly commit: string;
  readonly subject: string;
  readonly author: string;
  readonly at: number;
  readonly url: string;
  /** Checks of the commit itself: on the main branch those that publish. */
  readonly checks: readonly TimedCheck[];
  readonly pull: SourcePull | undefined;
}

export interface TimedCheck extends OpenCheck {
  readonly at: number;
  readonly url: string | undefined;
}

export interface SourcePull {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly author: string;
  readonly state: 'OPEN' | 'CLOSED' | 'MERGED';
  readonly draft: boolean;
  readonly createdAt: number;
  readonly mergedAt: number | undefined;
  readonly mergedBy: string | undefined;
  readonly mergeCommit: string | undefined;
  readonly review: string | undefined;
  readonly asked: readonly string[];
  readonly approvals: readonly string[];
  readonly checks: readonly TimedCheck[];
}

interface PullNode {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly state: SourcePull['state'];
  readonly isDraft: boolean;
  readonly createdAt: string;
  readonly mergedAt: string | null;
  readonly author: ActorNode | null;
  readonly mergedBy: ActorNode | null;
  readonly mergeCommit: { readonly oid: string } | null;
  readonly reviewDecision: string | null;
  readonly reviewRequests: {
    readonly nodes: readonly {
      readonly requestedReviewer: { readonly login?: string; readonly slug?: string } | null;
    }[];
  } | null;
  readonly reviews: { readonly nodes: readonly { readonly author: ActorNode | null }[] } | null;
  readonly commits: {
    readonly nodes: readonly { readonly commit: { readonly oid: string; readonly statusCheckRollup: Rollup | null } }[];
  };
}

interface Rollup {
  readonly contexts: { readonly nodes: readonly CheckNode[] };
}

interface CommitNode {
  readonly oid: string;
  readonly messageHeadline: string;
  readonly committedDate: string;
  readonly url: string;
  readonly author: { readonly name: string | null; readonly user: { readonly login: string } | null } | null;
  readonly statusCheckRollup: Rollup | null;
  readonly associatedPullRequests: { readonly nodes: readonly PullNode[] } | null;
}

const rollup = `statusCheckRollup { contexts(first: 100) { nodes { ${checkFields} } } }`;
const pullFields = `number url title state isDraft createdAt mergedAt author ${actorFields} mergedBy ${actorFields} mergeCommit { oid } reviewDecision
reviewRequests(first: 20) { nodes { requestedReviewer { ... on User { login } ... on Team { slug } } } }
reviews(first: 50, states: APPROVED) { nodes { author ${actorFields} } }
commits(last: 1) { nodes { commit { oid ${rollup} } } }`;
const commitFields = `oid messageHeadline committedDate url author { name user { login } } ${rollup} associatedPullRequests(first: 5) { nodes { ${pullFields} } }`;

/** A commit by its name or the beginning of it; undefined where the repository does not have it or cannot be read. */
export async function readSourceCommit(
  github: GitHub,
  repository: string,
  name: string,
): Promise<SourceFacts | undefined> {
  const [owner = '', repo = ''] = repository.split('/');
  const answer = await ask<{ repository: { object: CommitNode | null } | null }>(
    github,
    `query Source($owner: String!, $name: String!, $commit: String!) { repository(owner: $owner, name: $name) { object(expression: $commit) { ... on Commit { ${commitFields} } } } }`,
    { owner, name: repo, commit: name },
    repository,
  );
  const found = answer?.repository?.object;
  return found?.oid === undefined ? undefined : sourceFacts(repository, found);
}

/** A pull request with its merge commit, else its head. */
export async function readSourcePull(
  github: GitHub,
  repository: string,
  number: number,
): Promise<SourceFacts | undefined> {
  const [owner = '', repo = ''] = repository.split('/');
  const answer = await ask<{ repository: { pullRequest: PullNode | null } | null }>(
    github,
    `query SourcePull($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) { pullRequest(number: $number) { ${pullFields} } } }`,
    { owner, name: repo, number },
    repository,
  );
  const pull = answer?.repository?.pullRequest;
  if (pull == null) return undefined;
  const commit = pull.mergeCommit?.oid ?? pull.commits.nodes[0]?.commit.oid ?? '';
  const facts = await readSourceCommit(github, repository, commit);
  return facts === undefined ? undefined : { ...facts, pull: sourcePull(pull) };
}

async function ask<T>(
  github: GitHub,
  document: string,
  variables: Readonly<Record<string, unknown>>,
  repository: string,
): Promise<T | undefined> {
  try {
    const { data, errors } = await github.mutate<T>(document, variables, { repository });
    return errors.some((one) => one.type !== 'NOT_FOUND' && one.type !== 'FORBIDDEN') ? undefined : data;
  } catch (error) {
    if (error instanceof TrunklineError && [403, 404].includes(statusOf(error) ?? 0)) return undefined;
    throw error;
  }
}

function sourceFacts(repository: string, node: CommitNode): SourceFacts {
  const pulls = node.associatedPullRequests?.nodes ?? [];
  const pull =
    pulls.find((one) => one.mergeCommit?.oid === node.oid) ?? pulls.find((one) => one.state !== 'CLOSED') ?? pulls[0];
  return {
    repository,
    commit: node.oid,
    subject: node.messageHeadline,
    author: node.author?.user?.login ?? node.author?.name ?? 'unknown',
    at: Date.parse(node.committedDate),
    url: node.url,
    checks: timed(node.statusCheckRollup),
    pull: pull === undefined ? undefined : sourcePull(pull),
  };
}

function sourcePull(node: PullNode): SourcePull {
  return {
    number: node.number,
    url: node.url,
    title: node.title,
    author: loginOf(node.author) ?? 'ghost',
    state: node.state,
    draft: node.isDraft,
    createdAt: Date.parse(node.createdAt),
    mergedAt: node.mergedAt === null ? undefined : Date.parse(node.mergedAt),
    mergedBy: loginOf(node.mergedBy),
    mergeCommit: node.mergeCommit?.oid,
    review: node.reviewDecision ?? undefined,
    asked: (node.reviewRequests?.nodes ?? []).flatMap(
      (one) => one.requestedReviewer?.login ?? one.requestedReviewer?.slug ?? [],
    ),
    approvals: [...new Set((node.reviews?.nodes ?? []).flatMap((one) => loginOf(one.author) ?? []))],
    checks: timed(node.commits.nodes[0]?.commit.statusCheckRollup ?? null),
  };
}

export function timed(found: Rollup | null): readonly TimedCheck[] {
  return (found?.contexts.nodes ?? []).map((node) => ({
    ...openCheck(node),
    at: Date.parse((node.__typename === 'CheckRun' ? (node.completedAt ?? node.startedAt) : node.createdAt) ?? ''),
    url: (node.__typename === 'CheckRun' ? node.detailsUrl : node.targetUrl) ?? undefined,
  }));
}

/** The first four stages, as GitHub knows them. */
export function applicationStages(facts: SourceFacts): readonly Stage[] {
  const { pull } = facts;
  const commit = stage('commit', null, 'done', `${facts.author}: ${facts.subject}`, { at: facts.at, url: facts.url });
  if (pull === undefined) {
    return [
      commit,
      stage('pull request', null, 'unknown', 'GitHub ties none to the commit: pushed without one, or not proposed yet'),
      checksStage(facts.checks),
      stage('review and merge', null, 'unknown', 'without a pull request there is no review on record'),
    ];
  }
  const opened = stage('pull request', null, 'done', `#${pull.number} by ${pull.author}: ${pull.title}`, {
    at: pull.createdAt,
    url: pull.url,
  });
  return [commit, opened, checksStage(pull.checks), mergeStage(pull)];
}

function checksStage(checks: readonly TimedCheck[]): Stage {
  if (checks.length === 0) return stage('checks', null, 'unknown', 'no check reported on the commit');
  const failed = checks.filter((one) => one.state === 'failed');
  const pending = checks.filter((one) => one.state === 'pending');
  const first = failed[0] ?? pending[0];
  if (first !== undefined) {
    const names = (failed.length > 0 ? failed : pending).map((one) => one.name).join(', ');
    return stage('checks', null, 'here', `${failed.length > 0 ? 'failed' : 'running'}: ${names}`, {
      at: first.at,
      url: first.url,
    });
  }
  const at = Math.max(...checks.map((one) => one.at).filter((one) => !Number.isNaN(one)));
  return stage('checks', null, 'done', `${checks.length} passed`, Number.isFinite(at) ? { at } : {});
}

function mergeStage(pull: SourcePull): Stage {
  if (pull.mergedAt !== undefined) {
    const approved = pull.approvals.length === 0 ? 'without an approval' : `approved by ${pull.approvals.join(', ')}`;
    return stage('review and merge', null, 'done', `merged by ${pull.mergedBy ?? 'somebody'}, ${approved}`, {
      at: pull.mergedAt,
      url: pull.url,
    });
  }
  const waits = [
    pull.state === 'CLOSED' ? 'closed without being merged' : '',
    pull.draft ? 'is a draft' : '',
    pull.review === 'CHANGES_REQUESTED' ? 'changes are requested' : '',
    pull.review === 'REVIEW_REQUIRED'
      ? `waits for review${pull.asked.length === 0 ? '' : ` of ${pull.asked.join(', ')}`}`
      : '',
  ].filter((text) => text !== '');
  return stage(
    'review and merge',
    null,
    'here',
    waits.length === 0 ? 'open: somebody has to merge it' : waits.join('; '),
    { url: pull.url },
  );
}
