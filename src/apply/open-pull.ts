import type { PullContent, PullName } from '../delivery/plan.ts';
import { TrunklineError } from '../errors.ts';
import type { GraphqlAnswer } from '../github/client.ts';
import { chunks } from '../state/chunks.ts';
import type { ApplyContext } from './apply-plan.ts';
import { mutateTogether, type Part } from './together.ts';

export interface OpenedPull extends PullName {
  readonly headOid: string;
  /** It was there before. */
  readonly adopted: boolean;
  /** It merges by itself already. */
  readonly armed?: boolean;
}

type Content = PullContent & { readonly repositoryId: string; readonly base?: string };

interface CommitAnswer {
  readonly createCommitOnBranch: { readonly commit: { readonly oid: string } | null } | null;
}
export interface OpenAnswer extends CommitAnswer {
  readonly createPullRequest: {
    readonly pullRequest: {
      readonly id: string;
      readonly number: number;
      readonly url: string;
      readonly headRefOid: string;
    } | null;
  } | null;
}

/**
 * Branch, commit and pull request in one document: the fields of a mutation run in order, and what the later ones need
 * is known beforehand. Five pull requests go in a request, as GitHub gives it ten seconds. Where a branch is there
 * already, its pull request is opened. @throws CONFLICT where somebody opened it since everything was read
 */
export async function openPulls(
  context: ApplyContext,
  contents: readonly (Content & { readonly base: string })[],
): Promise<readonly OpenedPull[]> {
  const opened: OpenedPull[] = [];
  for (const some of chunks(contents, 5)) {
    const answers = await mutateTogether<OpenAnswer>(
      context,
      'Open',
      some.map((content) => openPart(context, content)),
    );
    for (const [index, content] of some.entries()) {
      const answer = answers[index];
      if (answer !== undefined) opened.push(await settleOpen(context, content, answer));
    }
  }
  return opened;
}

/** What opens a pull request, with its branch and commit, in a document of several. */
export function openPart(
  context: ApplyContext,
  content: Pick<Content, 'repositoryId' | 'branch' | 'baseOid' | 'files' | 'commit' | 'title' | 'body'> & {
    readonly base: string;
  },
): Part {
  return {
    parameters: {
      repository: 'ID!',
      owner: 'String!',
      ref: 'String!',
      branch: 'String!',
      oid: 'GitObjectID!',
      files: 'FileChanges!',
      message: 'CommitMessage!',
      base: 'String!',
      title: 'String!',
      body: 'String!',
    },
    variables: {
      repository: content.repositoryId,
      owner: context.repository,
      ref: `refs/heads/${content.branch}`,
      branch: content.branch,
      oid: content.baseOid,
      base: content.base,
      title: content.title,
      body: content.body,
      ...commitVariables(content),
    },
    fields: {
      createRef: 'createRef(input: { repositoryId: $repository, name: $ref, oid: $oid }) { clientMutationId }',
      createCommitOnBranch: commitFields,
      createPullRequest:
        'createPullRequest(input: { repositoryId: $repository, baseRefName: $base, headRefName: $branch, title: $title, body: $body }) { pullRequest { id number url headRefOid } }',
    },
  };
}

async function settleOpen(
  context: ApplyContext,
  content: Content & { readonly base: string },
  answer: GraphqlAnswer<Partial<OpenAnswer>>,
): Promise<OpenedPull> {
  const pull = answer.data?.createPullRequest?.pullRequest;
  const commit = answer.data?.createCommitOnBranch?.commit?.oid;
  if (pull != null && commit !== undefined) return { ...pull, headOid: commit, adopted: false };
  const existing = await readBranch(context, content.branch);
  if (existing === undefined) throw refused(answer, `open the pull request "${content.title}"`);
  if (existing.pull !== undefined && pull == null)
    throw new TrunklineError('CONFLICT', `#${existing.pull.number} was opened from ${content.branch} meanwhile`);
  // A branch left from before: it gets the commit that belongs there.
  const oid = await resetBranch(context, content, existing.refId);
  if (pull != null) return { ...pull, headOid: oid, adopted: false };
  await context.pace(1);
  const opened = await context.github.mutate<Pick<OpenAnswer, 'createPullRequest'>>(pullDocument, {
    repository: content.repositoryId,
    base: content.base,
    branch: content.branch,
    title: content.title,
    body: content.body,
  });
  const made = opened.data?.createPullRequest?.pullRequest;
  if (made == null) throw refused(opened, `open the pull request "${content.title}"`);
  return { ...made, headOid: oid, adopted: false };
}

/** Puts an open pull request on the base that the content was made for; its text too. */
export async function updatePull(
  context: ApplyContext,
  content: Content,
  pull: PullName & { readonly refId?: string },
): Promise<OpenedPull> {
  const refId = pull.refId ?? (await readBranch(context, content.branch))?.refId;
  if (refId === undefined) throw new TrunklineError('CONFLICT', `expected the branch ${content.branch}, found it gone`);
  const oid = await resetBranch(context, content, refId, pull);
  return { ...pull, headOid: oid, adopted: true };
}

interface BranchFacts {
  readonly refId: string;
  readonly oid: string;
  readonly pull: (PullName & { readonly armed: boolean }) | undefined;
}

async function readBranch(context: ApplyContext, branch: string): Promise<BranchFacts | undefined> {
  const [owner, name] = context.repository.split('/');
  const answer = await context.github.query<{
    readonly repository: {
      readonly ref: { readonly id: string; readonly target: { readonly oid: string } } | null;
      readonly pullRequests: {
        readonly nodes: readonly (PullName & {
          readonly autoMergeRequest: { readonly enabledAt: string | null } | null;
        })[];
      };
    } | null;
  }>(branchDocument, { owner, name, ref: `refs/heads/${branch}`, branch });
  const ref = answer.repository?.ref;
  if (ref == null) return undefined;
  const [found] = answer.repository?.pullRequests.nodes ?? [];
  const pull =
    found === undefined
      ? undefined
      : { id: found.id, number: found.number, url: found.url, armed: found.autoMergeRequest !== null };
  return { refId: ref.id, oid: ref.target.oid, pull };
}

/**
 * Moves a branch to a new commit on the content's base. The commit is made on a branch beside it, so that the pull
 * request never stands without a difference: GitHub would close it.
 */
async function resetBranch(context: ApplyContext, content: Content, refId: string, pull?: PullName): Promise<string> {
  const beside = `${content.branch}-next`;
  const make = (): Promise<
    GraphqlAnswer<CommitAnswer & { readonly createRef: { readonly ref: { readonly id: string } | null } | null }>
  > =>
    context.github.mutate(besideDocument, {
      repository: content.repositoryId,
      owner: context.repository,
      ref: `refs/heads/${beside}`,
      branch: beside,
      oid: content.baseOid,
      ...commitVariables(content),
    });
  await context.pace(3);
  let made = await make();
  if (made.data?.createCommitOnBranch?.commit == null) {
    // Left by a run that was killed between the two documents.
    const left = await readBranch(context, beside);
    if (left === undefined) throw refused(made, `commit to ${beside}`);
    await context.github.query(
      'mutation Delete($ref: ID!) { deleteRef(input: { refId: $ref }) { clientMutationId } }',
      { ref: left.refId },
    );
    made = await make();
  }
  const oid = made.data?.createCommitOnBranch?.commit?.oid;
  const besideId = made.data?.createRef?.ref?.id;
  if (oid === undefined || besideId === undefined) throw refused(made, `commit to ${beside}`);
  await context.pace(1);
  const moved = { ref: refId, oid, beside: besideId };
  if (pull === undefined) await context.github.query(moveDocument, moved);
  else
    await context.github.query(moveAndRetitleDocument, {
      ...moved,
      pull: pull.id,
      title: content.title,
      body: content.body,
    });
  return oid;
}

export function commitVariables({
  files,
  commit,
}: Pick<Content, 'files' | 'commit'>): Readonly<Record<string, unknown>> {
  const additions = files.map(({ path, text }) => ({ path, contents: Buffer.from(text, 'utf8').toString('base64') }));
  return { files: { additions }, message: { headline: commit.headline, body: commit.body } };
}

export function refused(answer: GraphqlAnswer<unknown>, what: string): TrunklineError {
  const said = answer.errors.map((one) => one.message).join('; ') || 'no reason given';
  const moved = /expected .* to point to|head oid|is at .* but expected|already exists/i.test(said);
  return new TrunklineError(moved ? 'CONFLICT' : 'GITHUB_REFUSED', `GitHub refused to ${what}: ${said}`);
}

export const commitFields =
  'createCommitOnBranch(input: { branch: { repositoryNameWithOwner: $owner, branchName: $branch }, expectedHeadOid: $oid, fileChanges: $files, message: $message }) { commit { oid } }';
const commitParameters =
  '$repository: ID!, $owner: String!, $ref: String!, $branch: String!, $oid: GitObjectID!, $files: FileChanges!, $message: CommitMessage!';
const pullDocument =
  'mutation OpenPull($repository: ID!, $base: String!, $branch: String!, $title: String!, $body: String!) { createPullRequest(input: { repositoryId: $repository, baseRefName: $base, headRefName: $branch, title: $title, body: $body }) { pullRequest { id number url headRefOid } } }';
const besideDocument = `mutation Beside(${commitParameters}) {
createRef(input: { repositoryId: $repository, name: $ref, oid: $oid }) { ref { id } }
${commitFields}
}`;
const moveDocument =
  'mutation Move($ref: ID!, $oid: GitObjectID!, $beside: ID!) { updateRef(input: { refId: $ref, oid: $oid, force: true }) { clientMutationId } deleteRef(input: { refId: $beside }) { clientMutationId } }';
const moveAndRetitleDocument =
  'mutation Move($ref: ID!, $oid: GitObjectID!, $beside: ID!, $pull: ID!, $title: String!, $body: String!) { updateRef(input: { refId: $ref, oid: $oid, force: true }) { clientMutationId } deleteRef(input: { refId: $beside }) { clientMutationId } updatePullRequest(input: { pullRequestId: $pull, title: $title, body: $body }) { clientMutationId } }';
const branchDocument =
  'query Branch($owner: String!, $name: String!, $ref: String!, $branch: String!) { repository(owner: $owner, name: $name) { ref(qualifiedName: $ref) { id target { oid } } pullRequests(states: OPEN, headRefName: $branch, first: 1) { nodes { id number url autoMergeRequest { enabledAt } } } } }';
