import { configPath, type EnvironmentsConfig } from '../config/config.ts';
import type { JudgedPull } from '../delivery/policy/facts.ts';
import { TrunklineError } from '../errors.ts';
import type { GitHub } from '../github/client.ts';
import { findPulls } from './find-pulls.ts';
import { environmentsOf, missingConfig } from './read-state.ts';

/** Which pull requests are asked for: one, those with this head, or all that are open. */
export type Which = { readonly number: number } | { readonly headOid: string } | 'all';

/** An open pull request as GraphQL tells it in one go; its difference is read apart. */
export interface FoundPull
  extends Pick<JudgedPull, 'number' | 'author' | 'delivery' | 'headOid' | 'body' | 'editedBy' | 'reviews'> {
  readonly baseOid: string;
  /** There are more reviews than one answer holds. */
  readonly moreReviews: boolean;
  /** What the check says now, where we said it. */
  readonly said: { readonly state: string; readonly description: string } | undefined;
}

export interface Judged {
  readonly repositoryId: string;
  readonly defaultBranch: string;
  readonly baseOid: string;
  readonly config: EnvironmentsConfig;
  readonly pulls: readonly FoundPull[];
}

interface Actor {
  readonly __typename: string;
  readonly login: string;
}

interface PullNode {
  readonly number: number;
  readonly state: string;
  readonly body: string;
  readonly baseRefName: string;
  readonly baseRefOid: string;
  readonly headRefOid: string;
  readonly author: Actor | null;
  readonly editor: Actor | null;
  readonly reviews: {
    readonly pageInfo: { readonly hasNextPage: boolean };
    readonly nodes: readonly {
      readonly author: Actor | null;
      readonly state: string;
      readonly submittedAt: string | null;
      readonly commit: { readonly oid: string } | null;
    }[];
  };
  readonly commits: {
    readonly nodes: readonly {
      readonly commit: {
        readonly status: {
          readonly contexts: readonly {
            readonly context: string;
            readonly state: string;
            readonly description: string | null;
            readonly creator: Actor | null;
          }[];
        } | null;
      };
    }[];
  };
}

interface Answer {
  readonly viewer: { readonly login: string };
  readonly repository: {
    readonly id: string;
    readonly defaultBranchRef: { readonly name: string; readonly target: { readonly oid: string } } | null;
    readonly config: { readonly text?: string | null } | null;
    readonly pullRequest?: PullNode | null;
    readonly object?: { readonly associatedPullRequests?: { readonly nodes: readonly PullNode[] } } | null;
    readonly pullRequests?: {
      readonly nodes: readonly PullNode[];
      readonly pageInfo: { readonly hasNextPage: boolean };
    };
  } | null;
}

/** The configuration at the default branch and the pull requests to be judged, in one query. @throws NOT_FOUND, CONFIG_INVALID */
export async function readJudged(github: GitHub, repository: string, which: Which, context: string): Promise<Judged> {
  const { viewer, repository: found } = await ask(github, repository, which);
  if (found?.defaultBranchRef == null) {
    throw new TrunklineError(
      'NOT_FOUND',
      `expected the repository ${repository} with a default branch, found none that these credentials can see`,
    );
  }
  const text = found.config?.text;
  if (text == null) throw missingConfig(repository);
  const base = found.defaultBranchRef;
  const nodes = [
    ...(found.pullRequest == null ? [] : [found.pullRequest]),
    ...(found.object?.associatedPullRequests?.nodes ?? []),
    ...(found.pullRequests?.nodes ?? []),
  ];
  const concerned = nodes.filter(
    (pull) =>
      (which !== 'all' && 'number' in which) ||
      (pull.state === 'OPEN' &&
        pull.baseRefName === base.name &&
        (which === 'all' || pull.headRefOid === which.headOid)),
  );
  const delivery = github.bot ? `${plain(viewer.login)}[bot]` : viewer.login;
  const pulls = concerned.map((pull) => foundPull(pull, delivery, context));
  if (which !== 'all' && 'number' in which && pulls.length === 0)
    throw new TrunklineError('NOT_FOUND', `expected the pull request #${which.number} in ${repository}, found none`);
  // A commit that GitHub does not tie to its pull request (of a fork), or more than one answer holds.
  const incomplete =
    which === 'all' ? found.pullRequests?.pageInfo.hasNextPage === true : !('number' in which) && pulls.length === 0;
  if (incomplete) {
    const numbers = await findPulls(github, repository, base.name, which === 'all' ? undefined : headOf(which));
    for (const number of numbers.filter((one) => !pulls.some((pull) => pull.number === one)))
      pulls.push(...(await readJudged(github, repository, { number }, context)).pulls);
  }
  return {
    repositoryId: found.id,
    defaultBranch: base.name,
    baseOid: base.target.oid,
    config: environmentsOf(text, repository),
    pulls,
  };
}

function headOf(which: { readonly number: number } | { readonly headOid: string }): string | undefined {
  return 'headOid' in which ? which.headOid : undefined;
}

function ask(github: GitHub, repository: string, which: Which): Promise<Answer> {
  const [owner = '', name = ''] = repository.split('/');
  const [parameter, field, variable] =
    which === 'all'
      ? [
          '',
          `pullRequests(states: OPEN, first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { ${pullFields} } pageInfo { hasNextPage } }`,
          {},
        ]
      : 'number' in which
        ? [', $number: Int!', `pullRequest(number: $number) { ${pullFields} }`, { number: which.number }]
        : [
            ', $head: GitObjectID!',
            `object(oid: $head) { ... on Commit { associatedPullRequests(first: 10) { nodes { ${pullFields} } } } }`,
            { head: which.headOid },
          ];
  const document = `query Judged($owner: String!, $name: String!, $config: String!${parameter}) {
viewer { login }
repository(owner: $owner, name: $name) {
id defaultBranchRef { name target { oid } }
config: object(expression: $config) { ... on Blob { text } }
${field}
}
}`;
  return github.query<Answer>(document, { owner, name, config: `HEAD:${configPath}`, ...variable });
}

const actor = '{ __typename login }';
const pullFields = `number state body baseRefName baseRefOid headRefOid author ${actor} editor ${actor}
reviews(first: 100, states: [APPROVED, CHANGES_REQUESTED, DISMISSED]) { pageInfo { hasNextPage } nodes { author ${actor} state submittedAt commit { oid } } }
commits(last: 1) { nodes { commit { status { contexts { context state description creator ${actor} } } } } }`;

function foundPull(pull: PullNode, viewer: string, context: string): FoundPull {
  const author = loginOf(pull.author) ?? 'ghost';
  const editor = loginOf(pull.editor);
  const status = pull.commits.nodes[0]?.commit.status?.contexts.find((one) => one.context === context);
  const own = status?.creator != null && plain(status.creator.login) === plain(viewer);
  return {
    number: pull.number,
    author,
    delivery: author === viewer,
    headOid: pull.headRefOid,
    baseOid: pull.baseRefOid,
    body: pull.body.replaceAll('\r\n', '\n'),
    ...(editor === undefined || plain(editor) === plain(viewer) ? {} : { editedBy: editor }),
    reviews: latestReviews(
      pull.reviews.nodes.map((one) => ({
        author: loginOf(one.author),
        state: one.state,
        commit: one.commit?.oid,
        at: one.submittedAt ?? undefined,
      })),
    ),
    moreReviews: pull.reviews.pageInfo.hasNextPage,
    said: own ? { state: status.state.toLowerCase(), description: status.description ?? '' } : undefined,
  };
}

/** The last verdict of each reviewer; what was dismissed is none. */
export function latestReviews(
  reviews: readonly {
    readonly author: string | undefined;
    readonly state: string;
    readonly commit: string | undefined;
    readonly at?: string | undefined;
  }[],
): JudgedPull['reviews'] {
  const latest = new Map<string, JudgedPull['reviews'][number]>();
  for (const { author, state, commit = '', at } of reviews) {
    if (author === undefined) continue;
    if (state === 'APPROVED' || state === 'CHANGES_REQUESTED')
      latest.set(author, { author, state, commit, ...(at === undefined ? {} : { at }) });
    if (state === 'DISMISSED') latest.delete(author);
  }
  return [...latest.values()];
}

/** A login as REST says it. */
function loginOf(actorNode: Actor | null): string | undefined {
  if (actorNode === null) return undefined;
  return actorNode.__typename === 'Bot' && !actorNode.login.endsWith('[bot]')
    ? `${actorNode.login}[bot]`
    : actorNode.login;
}

/** GraphQL leaves out the `[bot]` that REST says. */
function plain(login: string): string {
  return login.replace(/\[bot\]$/, '');
}
