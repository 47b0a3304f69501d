import type { Forge } from '../forge.ts';
import { readCommits } from '../git/objects.ts';
import { readRef } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { issuesClosedBy } from '../issues/closing-keywords.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf, hasPermission, roleAtLeast, roleOf } from '../permissions.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import { mergeState } from '../pulls/merge-state.ts';
import { listPullFiles } from '../pulls/pull-content.ts';
import { pullSize } from '../pulls/pull-facts.ts';
import { visibleComments } from '../pulls/review-comments.ts';
import { settlePull } from '../pulls/settle-pull.ts';
import type { Pull } from '../rows.ts';
import { applicableRulesets } from '../rules/applicable-rulesets.ts';
import { actorNode } from './actor.ts';
import { texts } from './filter-rows.ts';
import { commitNode, refNode, rollupOf } from './git-objects.ts';
import { githubError } from './graphql-error.ts';
import { sharedFields } from './issue.ts';
import { connection, type Fields, type GraphqlContext, node } from './node.ts';
import { reactionGroups } from './reaction-groups.ts';

/** The row once it has got what it was owed. */
async function settled(row: Pull, { forge }: GraphqlContext): Promise<Pull> {
  return (await settlePull(forge, row.id)) ?? row;
}

export const pullFields: Fields<Pull> = {
  ...sharedFields,
  reactionGroups: (row, _args, context) => reactionGroups(context, nodeId('PullRequest', row.id)),
  editor: (row, _args, { forge }) => (row.editorId === undefined ? null : actorNode(forge, row.editorId)),
  id: (row) => nodeId('PullRequest', row.id),
  state: (row) => (row.merged ? 'MERGED' : row.state.toUpperCase()),
  url: (row, _args, { forge }) =>
    `${forge.urls.html}/${fullNameOf(forge, repositoryOf(forge, row))}/pull/${row.number}`,
  permalink: (row, _args, { forge }) =>
    `${forge.urls.html}/${fullNameOf(forge, repositoryOf(forge, row))}/pull/${row.number}`,
  isDraft: (row) => row.draft,
  merged: (row) => row.merged,
  mergedAt: (row) => row.mergedAt,
  mergedBy: (row, _args, { forge }) => actorNode(forge, row.mergedById),
  mergeCommit: (row, _args, { forge }) => commitNode(forge, repositoryOf(forge, row), row.mergeCommitSha),
  potentialMergeCommit: (row, _args, { forge }) => commitNode(forge, repositoryOf(forge, row), row.mergeRefSha),
  mergeable: async (row, _args, context) => {
    const pull = await settled(row, context);
    if (pull.state === 'closed') return 'UNKNOWN';
    return pull.mergeRefSha === null ? 'CONFLICTING' : 'MERGEABLE';
  },
  mergeStateStatus: async (row, _args, context) =>
    mergeState(context.forge, await settled(row, context), context.identity),
  headRefName: (row) => row.headRef,
  headRefOid: (row) => row.headSha,
  headRef: (row, _args, { forge }) => {
    const repository = forge.store.repositories.get(row.headRepositoryId);
    return repository === undefined ? null : refNode(forge, repository, `refs/heads/${row.headRef}`);
  },
  headRepository: (row, _args, { forge }) => {
    const repository = forge.store.repositories.get(row.headRepositoryId);
    return repository === undefined ? null : node('Repository', repository);
  },
  headRepositoryOwner: (row, _args, { forge }) =>
    actorNode(forge, forge.store.repositories.get(row.headRepositoryId)?.ownerId),
  baseRefName: (row) => row.baseRef,
  baseRefOid: (row, _args, { forge }) =>
    row.state === 'closed'
      ? row.baseSha
      : (readRef(repositoryFolder(forge, row.repositoryId), `refs/heads/${row.baseRef}`) ?? row.baseSha),
  baseRef: (row, _args, { forge }) => refNode(forge, repositoryOf(forge, row), `refs/heads/${row.baseRef}`),
  baseRepository: (row, _args, { forge }) => node('Repository', repositoryOf(forge, row)),
  isCrossRepository: (row) => row.headRepositoryId !== row.repositoryId,
  maintainerCanModify: (row) => row.maintainerCanModify ?? false,
  additions: async (row, _args, { forge }) => (await pullSize(forge, row)).additions,
  deletions: async (row, _args, { forge }) => (await pullSize(forge, row)).deletions,
  changedFiles: async (row, _args, { forge }) => (await pullSize(forge, row)).changedFiles,
  files: async (row, args, { forge }) => {
    const files = await listPullFiles(forge, repositoryOf(forge, row), row);
    return connection(
      args,
      files.map((file) => ({
        path: file.filename,
        additions: file.additions,
        deletions: file.deletions,
        changeType: file.status === 'removed' ? 'DELETED' : file.status.toUpperCase(),
      })),
    );
  },
  commits: async (row, args, { forge }) => {
    const repository = repositoryOf(forge, row);
    const commits = await readCommits(repositoryFolder(forge, repository.id), [
      '--reverse',
      '--topo-order',
      `${row.baseSha}..${row.headSha}`,
    ]);
    return connection(
      args,
      commits.map((commit) => ({
        id: nodeId('Commit', `${repository.id}:${commit.sha}`),
        commit: node('Commit', { repository, oid: commit.sha, commit }),
      })),
    );
  },
  reviews: (row, args, { forge, identity }) => {
    const { author } = args;
    const states = texts(args['states']);
    const login = (id: number): string => forge.store.accounts.get(id)?.login.toLowerCase() ?? '';
    const seen = forge.store.reviews
      .by('pull', row.id)
      .filter((one) => one.state !== 'PENDING' || one.authorId === identity.account?.id)
      .filter((one) => typeof author !== 'string' || login(one.authorId) === author.toLowerCase())
      .filter((one) => states === undefined || states.includes(one.state));
    return connection(
      args,
      seen.map((one) => node('PullRequestReview', one)),
    );
  },
  latestReviews: (row, args, { forge }) => {
    if (args['writersOnly'] === true)
      throw githubError('NOT_SERVED', 'PullRequest.latestReviews(writersOnly:) is not served by the lab');
    const submitted = forge.store.reviews.by('pull', row.id).filter((one) => one.state !== 'PENDING');
    const latest = new Map(submitted.map((one) => [one.authorId, one]));
    return connection(
      args,
      [...latest.values()].map((one) => node('PullRequestReview', one)),
    );
  },
  latestOpinionatedReviews: (row, args, { forge }) => {
    const writers = args['writersOnly'] === true;
    const writes = (id: number): boolean => roleAtLeast(roleOf(forge, repositoryOf(forge, row), id), 'write');
    const votes = forge.store.reviews
      .by('pull', row.id)
      .filter((one) => !writers || writes(one.authorId))
      .filter((one) => one.state !== 'PENDING' && one.state !== 'COMMENTED');
    const latest = new Map(votes.map((one) => [one.authorId, one]));
    return connection(
      args,
      [...latest.values()].map((one) => node('PullRequestReview', one)),
    );
  },
  reviewDecision: (row, _args, { forge }) => reviewDecision(forge, row),
  reviewRequests: (row, args, { forge }) => {
    const people = row.requestedReviewerIds.map((id) => actorNode(forge, id));
    const teams = row.requestedTeamIds.flatMap((id) => forge.store.teams.get(id) ?? []).map((one) => node('Team', one));
    return connection(
      args,
      [...people, ...teams].map((requestedReviewer) => ({ requestedReviewer })),
    );
  },
  reviewThreads: (row, args, { forge, identity }) =>
    connection(
      args,
      forge.store.reviewThreads
        .by('pull', row.id)
        .filter((one) => visibleComments(forge, identity, forge.store.reviewComments.by('thread', one.id)).length > 0)
        .map((one) => node('PullRequestReviewThread', one)),
    ),
  closingIssuesReferences: (row, args, { forge }) => {
    const repository = repositoryOf(forge, row);
    const closes = row.baseRef === repository.defaultBranch;
    const issues = closes ? issuesClosedBy(forge, repository, `${row.title}\n${row.body ?? ''}`) : [];
    return connection(
      args,
      issues.map((one) => node('Issue', one)),
    );
  },
  statusCheckRollup: async (row, _args, { forge }) => {
    const commit = await commitNode(forge, repositoryOf(forge, row), row.headSha);
    return commit === null ? null : rollupOf(forge, commit.row);
  },
  autoMergeRequest: (row, _args, { forge }) => {
    const { autoMerge } = row;
    if (autoMerge === null || row.state === 'closed') return null;
    return {
      authorEmail: null,
      commitHeadline: autoMerge.commitTitle,
      commitBody: autoMerge.commitMessage,
      enabledAt: autoMerge.enabledAt,
      enabledBy: actorNode(forge, autoMerge.enabledById),
      mergeMethod: autoMerge.method.toUpperCase(),
      pullRequest: node('PullRequest', row),
    };
  },
  isInMergeQueue: () => false,
  isMergeQueueEnabled: () => false,
  mergeQueueEntry: () => null,
  viewerCanEnableAutoMerge: (row, _args, { forge, identity }) =>
    repositoryOf(forge, row).allowAutoMerge &&
    row.state === 'open' &&
    hasPermission(forge, identity, repositoryOf(forge, row), 'contents', 'write'),
  viewerCanUpdate: (row, _args, { forge, identity }) =>
    hasPermission(forge, identity, repositoryOf(forge, row), 'pull_requests', 'write'),
  viewerDidAuthor: (row, _args, { identity }) => identity.account?.id === row.authorId,
};

/** What the rules' count of approvals comes to; null where no rule asks for any. */
function reviewDecision(forge: Forge, pull: Pull): string | null {
  const wanted = applicableRulesets(forge, repositoryOf(forge, pull), `refs/heads/${pull.baseRef}`)
    .flatMap((ruleset) => ruleset.rules)
    .filter((rule) => rule.type === 'pull_request')
    .map((rule) => Number(rule.parameters?.['required_approving_review_count'] ?? 0));
  const latest = new Map(
    forge.store.reviews
      .by('pull', pull.id)
      .filter((one) => one.state !== 'COMMENTED' && one.state !== 'PENDING')
      .map((one) => [one.authorId, one.state]),
  );
  const states = [...latest.values()];
  if (states.includes('CHANGES_REQUESTED')) return 'CHANGES_REQUESTED';
  const most = Math.max(0, ...wanted);
  if (most === 0) return null;
  return states.filter((state) => state === 'APPROVED').length >= most ? 'APPROVED' : 'REVIEW_REQUIRED';
}
