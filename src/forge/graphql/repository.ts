import type { Forge } from '../forge.ts';
import { listRefs } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { nodeId } from '../node-id.ts';
import { canSee, fullNameOf, hasPermission, requirePermission, roleOf } from '../permissions.ts';
import { presentRepository } from '../present/repository.ts';
import { latestRelease } from '../releases.ts';
import type { Repository } from '../rows.ts';
import { words } from '../words.ts';
import { actorNode } from './actor.ts';
import { fields, filterIssues, filterLabels, filterPulls, inOrder, texts } from './filter-rows.ts';
import { objectNode, oidNode, refNode } from './git-objects.ts';
import { githubError } from './graphql-error.ts';
import { milestonesOf } from './milestone.ts';
import { type Args, connection, emptyConnection, type Fields, node } from './node.ts';
import { releasesOf, visibleReleases } from './release.ts';
import { rulesetNodes } from './ruleset.ts';

export const repositoryFields: Fields<Repository> = {
  id: (row) => nodeId('Repository', row.id),
  databaseId: (row) => row.id,
  name: (row) => row.name,
  nameWithOwner: (row, _args, { forge }) => fullNameOf(forge, row),
  owner: (row, _args, { forge }) => actorNode(forge, row.ownerId),
  description: (row) => row.description,
  url: (row, _args, { forge }) => `${forge.urls.html}/${fullNameOf(forge, row)}`,
  isPrivate: (row) => row.private,
  visibility: (row) => (row.private ? 'PRIVATE' : 'PUBLIC'),
  isFork: (row) => row.forkOf !== undefined,
  isArchived: (row) => row.archivedAt !== undefined,
  isEmpty: (row) => row.pushedAt === null,
  isInOrganization: (row, _args, { forge }) => forge.store.accounts.get(row.ownerId)?.type === 'Organization',
  createdAt: (row) => row.createdAt,
  pushedAt: (row) => row.pushedAt,
  updatedAt: (row) => row.pushedAt ?? row.createdAt,
  parent: (row, _args, { forge }) => {
    const parent = forge.store.repositories.get(row.forkOf ?? 0);
    return parent === undefined ? null : node('Repository', parent);
  },
  hasIssuesEnabled: () => true,
  hasWikiEnabled: () => false,
  hasProjectsEnabled: () => true,
  mergeCommitAllowed: (row) => row.allowMergeCommit,
  squashMergeAllowed: (row) => row.allowSquashMerge,
  rebaseMergeAllowed: (row) => row.allowRebaseMerge,
  autoMergeAllowed: (row) => row.allowAutoMerge,
  deleteBranchOnMerge: (row) => row.deleteBranchOnMerge,
  forkingAllowed: () => true,
  viewerDefaultMergeMethod: () => 'MERGE',
  viewerDefaultCommitEmail: () => null,
  viewerCanAdminister: (row, _args, { forge, identity }) =>
    hasPermission(forge, identity, row, 'administration', 'write'),
  viewerPermission: (row, _args, { forge, identity }) => {
    if (identity.kind === 'user' && identity.account !== undefined) {
      return roleOf(forge, row, identity.account.id)?.toUpperCase() ?? null;
    }
    return hasPermission(forge, identity, row, 'contents', 'write') ? 'WRITE' : 'READ';
  },
  defaultBranchRef: (row, _args, { forge }) => refNode(forge, row, `refs/heads/${row.defaultBranch}`),
  ref: (row, args, { forge }) => refNode(forge, row, String(args['qualifiedName'])),
  refs: async (row, args, { forge }) => {
    const { query } = args;
    const { field, direction } = fields(args['orderBy']);
    if (field !== undefined && field !== 'ALPHABETICAL')
      throw githubError('NOT_SERVED', `refs(orderBy: { field: ${String(field)} }) is not served by the lab`);
    const all = await listRefs(repositoryFolder(forge, row.id), String(args['refPrefix']));
    const found = all.filter((ref) => typeof query !== 'string' || ref.name.includes(query));
    const down = (direction ?? args['direction']) === 'DESC';
    return connection(
      args,
      (down ? found.toReversed() : found).map((ref) => node('Ref', { repository: row, name: ref.name })),
    );
  },
  object: (row, args, { forge, identity }) => {
    requirePermission(forge, identity, row, 'contents', 'read');
    if (typeof args['oid'] === 'string') return oidNode(forge, row, args['oid']);
    return objectNode(forge, row, String(args['expression'] ?? ''));
  },
  pullRequest: (row, args, { forge, identity }) => {
    requirePermission(forge, identity, row, 'pull_requests', 'read');
    const pull = forge.store.pulls.by('number', `${row.id}/${Number(args['number'])}`)[0];
    if (pull === undefined)
      throw githubError('NOT_FOUND', words.unresolvedNumber('a PullRequest', Number(args['number'])));
    return node('PullRequest', pull);
  },
  pullRequests: (row, args, { forge, identity }) => {
    requirePermission(forge, identity, row, 'pull_requests', 'read');
    return connection(
      args,
      filterPulls(forge.store.pulls.by('repository', row.id), args).map((one) => node('PullRequest', one)),
    );
  },
  issue: (row, args, { forge }) => {
    const issue = forge.store.issues.by('number', `${row.id}/${Number(args['number'])}`)[0];
    if (issue === undefined) throw githubError('NOT_FOUND', words.unresolvedNumber('an Issue', Number(args['number'])));
    return node('Issue', issue);
  },
  issueOrPullRequest: (row, args, { forge }) => {
    const key = `${row.id}/${Number(args['number'])}`;
    const pull = forge.store.pulls.by('number', key)[0];
    const issue = forge.store.issues.by('number', key)[0];
    if (pull !== undefined) return node('PullRequest', pull);
    if (issue !== undefined) return node('Issue', issue);
    throw githubError('NOT_FOUND', words.unresolvedNumber('an issue or pull request', Number(args['number'])));
  },
  issues: (row, args, context) =>
    connection(
      args,
      filterIssues(context, row, args).map((one) => node('Issue', one)),
    ),
  labels: (row, args, { forge }) =>
    connection(
      args,
      filterLabels(forge.store.labels.by('repository', row.id), args).map((one) => node('Label', one)),
    ),
  label: (row, args, { forge }) => {
    const label = forge.store.labels.by('repository', row.id).find((one) => one.name === args['name']);
    return label === undefined ? null : node('Label', label);
  },
  assignableUsers: (row, args, { forge }) => connection(args, people(forge, row, args)),
  mentionableUsers: (row, args, { forge }) => connection(args, people(forge, row, args)),
  releases: (row, args, { forge, identity }) => releasesOf(forge, identity, row, args),
  // By its name, unlike REST, a draft too: so `gh` finds one to publish it (cli/cli#6599).
  release: (row, args, { forge, identity }) => {
    const named = visibleReleases(forge, identity, row).filter((one) => one.tag === args['tagName']);
    const found = named.find((one) => !one.draft) ?? named[0];
    return found === undefined ? null : node('Release', found);
  },
  latestRelease: (row, _args, { forge }) => {
    const found = latestRelease(forge, row);
    return found === undefined ? null : node('Release', found);
  },
  rulesets: (row, args, { forge, identity }) => rulesetNodes(forge, identity, row, args),
  milestones: (row, args, context) => milestonesOf(context, row, args),
  milestone: (row, args, { forge }) => {
    const all = forge.store.milestones.by('repository', row.id);
    const found = all.find((one) => one.number === args['number']);
    return found === undefined ? null : node('Milestone', found);
  },
  projects: (_row, args) => emptyConnection(args),
  projectsV2: (_row, args) => emptyConnection(args),
  branchProtectionRules: (_row, args) => emptyConnection(args),
  issueTemplates: () => [],
  pullRequestTemplates: () => [],
  mergeQueue: () => null,
  forkCount: (row, _args, { forge }) => forksOf(forge, row).length,
  forks: (row, args, { forge, identity }) =>
    connection(
      args,
      forksOf(forge, row)
        .filter((one) => canSee(forge, identity, one))
        .map((one) => node('Repository', one)),
    ),
  sshUrl: (row, _args, { forge }) => presentRepository(forge, row).ssh_url,
  homepageUrl: (row) => row.homepage ?? null,
  diskUsage: () => 0,
  stargazerCount: () => 0,
  stargazers: (_row, args) => emptyConnection(args),
  watchers: (_row, args) => emptyConnection(args),
  languages: (_row, args) => emptyConnection(args),
  primaryLanguage: () => null,
  licenseInfo: () => null,
  codeOfConduct: () => null,
  contactLinks: () => [],
  fundingLinks: () => [],
  isBlankIssuesEnabled: () => true,
  isSecurityPolicyEnabled: () => false,
  securityPolicyUrl: () => null,
  isMirror: () => false,
  mirrorUrl: () => null,
  isTemplate: () => false,
  templateRepository: () => null,
  isUserConfigurationRepository: () => false,
  archivedAt: (row) => row.archivedAt ?? null,
  openGraphImageUrl: (row, _args, { forge }) => `${forge.urls.html}/${fullNameOf(forge, row)}/opengraph`,
  usesCustomOpenGraphImage: () => false,
  hasDiscussionsEnabled: () => false,
  viewerHasStarred: () => false,
  viewerPossibleCommitEmails: () => null,
  viewerSubscription: () => 'UNSUBSCRIBED',
  repositoryTopics: (row, args) =>
    connection(
      args,
      (row.topics ?? []).map((name) => ({ topic: { name } })),
    ),
  environments: (row, args, { forge }) =>
    connection(
      args,
      forge.store.environments.by('repository', row.id).map((one) => node('Environment', one)),
    ),
  environment: (row, args, { forge }) => {
    const found = forge.store.environments.by('repository', row.id).find((one) => one.name === args['name']);
    return found === undefined ? null : node('Environment', found);
  },
  deployments: (row, args, { forge, identity }) => {
    requirePermission(forge, identity, row, 'deployments', 'read');
    const wanted = texts(args['environments']);
    const found = forge.store.deployments
      .by('repository', row.id)
      .filter((one) => wanted === undefined || wanted.includes(one.environment));
    return connection(
      args,
      inOrder(found, args).map((one) => node('Deployment', one)),
    );
  },
};

function people(forge: Forge, repository: Repository, args: Args) {
  const { query } = args;
  return [...forge.store.accounts.values()]
    .filter((one) => one.type === 'User' && roleOf(forge, repository, one.id) !== undefined)
    .filter((one) => typeof query !== 'string' || `${one.login} ${one.name ?? ''}`.includes(query))
    .map((one) => node('User', one));
}

function forksOf(forge: Forge, repository: Repository): readonly Repository[] {
  return [...forge.store.repositories.values()].filter((one) => one.forkOf === repository.id);
}
