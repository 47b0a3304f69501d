import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf, hasPermission, roleAtLeast, roleOf } from '../permissions.ts';
import { propertiesOf } from '../repository-properties.ts';
import type { Repository } from '../rows.ts';
import { presentAccount } from './account.ts';

type Json = components['schemas']['repository'];

/** A repository as it stands in other answers (pull requests, events), and in lists. */
export function presentRepository(forge: Forge, repository: Repository, identity?: Identity): Json {
  const fullName = fullNameOf(forge, repository);
  const html = `${forge.urls.html}/${fullName}`;
  const api = `${forge.urls.api}/repos/${fullName}`;
  const issues = openNumbers(forge, repository);
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: fullName,
    private: repository.private,
    owner: presentAccount(forge, forge.store.accounts.get(repository.ownerId)),
    html_url: html,
    description: repository.description,
    fork: repository.forkOf !== undefined,
    url: api,
    ...urlTemplates(api, html, forge.urls.html.replace(/^https?:\/\//, ''), fullName),
    homepage: repository.homepage ?? null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: repository.archivedAt !== undefined,
    disabled: false,
    open_issues_count: issues,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [...(repository.topics ?? [])],
    visibility: repository.private ? 'private' : 'public',
    forks: 0,
    open_issues: issues,
    watchers: 0,
    default_branch: repository.defaultBranch,
    created_at: repository.createdAt,
    updated_at: repository.pushedAt ?? repository.createdAt,
    pushed_at: repository.pushedAt ?? repository.createdAt,
    ...(identity === undefined ? {} : { permissions: presentPermissions(forge, repository, identity) }),
  };
}

/** The few fields by which installations name a repository. */
export function presentRepositoryName(forge: Forge, repository: Repository) {
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: fullNameOf(forge, repository),
    private: repository.private,
  };
}

/** The same, as the type that lists and statuses name. */
export function presentMinimalRepository(
  forge: Forge,
  repository: Repository,
  identity?: Identity,
): components['schemas']['minimal-repository'] {
  return presentRepository(forge, repository, identity) as components['schemas']['minimal-repository'];
}

/** The short form by which runs name a repository. */
export function presentRunRepository(
  forge: Forge,
  repository: Repository,
): components['schemas']['minimal-repository'] {
  const fullName = fullNameOf(forge, repository);
  const html = `${forge.urls.html}/${fullName}`;
  const api = `${forge.urls.api}/repos/${fullName}`;
  const {
    git_url: _git,
    ssh_url: _ssh,
    clone_url: _clone,
    svn_url: _svn,
    ...urls
  } = urlTemplates(api, html, '', fullName);
  return {
    ...presentRepositoryName(forge, repository),
    owner: presentAccount(forge, forge.store.accounts.get(repository.ownerId)),
    html_url: html,
    description: repository.description,
    fork: repository.forkOf !== undefined,
    url: api,
    ...urls,
  };
}

/** The answer of `GET /repos/{owner}/{repo}`: with settings, parent and organisation. */
export function presentFullRepository(
  forge: Forge,
  repository: Repository,
  identity: Identity,
): components['schemas']['full-repository'] {
  const owner = forge.store.accounts.get(repository.ownerId);
  const parent = repository.forkOf === undefined ? undefined : forge.store.repositories.get(repository.forkOf);
  const shown = presentRepository(forge, repository, identity);
  return {
    ...shown,
    has_downloads: true,
    pushed_at: repository.pushedAt ?? repository.createdAt,
    created_at: repository.createdAt,
    updated_at: repository.pushedAt ?? repository.createdAt,
    has_discussions: false,
    temp_clone_token: null,
    allow_merge_commit: repository.allowMergeCommit,
    allow_squash_merge: repository.allowSquashMerge,
    allow_rebase_merge: repository.allowRebaseMerge,
    allow_auto_merge: repository.allowAutoMerge,
    allow_update_branch: true,
    delete_branch_on_merge: repository.deleteBranchOnMerge,
    squash_merge_commit_title: 'COMMIT_OR_PR_TITLE',
    squash_merge_commit_message: 'COMMIT_MESSAGES',
    merge_commit_title: 'MERGE_MESSAGE',
    merge_commit_message: 'PR_TITLE',
    ...(owner?.type === 'Organization'
      ? { custom_properties: Object.fromEntries(propertiesOf(forge, repository)) }
      : {}),
    network_count: 0,
    subscribers_count: 0,
    ...(owner?.type === 'Organization' ? { organization: presentAccount(forge, owner) } : {}),
    ...(parent === undefined
      ? {}
      : { parent: presentRepository(forge, parent), source: presentRepository(forge, parent) }),
  };
}

function presentPermissions(forge: Forge, repository: Repository, identity: Identity) {
  if (identity.kind === 'user' && identity.account !== undefined) {
    const role = roleOf(forge, repository, identity.account.id);
    return {
      admin: roleAtLeast(role, 'admin'),
      maintain: roleAtLeast(role, 'maintain'),
      push: roleAtLeast(role, 'write'),
      triage: roleAtLeast(role, 'triage'),
      pull: roleAtLeast(role, 'read'),
    };
  }
  const push = hasPermission(forge, identity, repository, 'contents', 'write');
  return { admin: false, maintain: false, push, triage: push, pull: true };
}

function openNumbers(forge: Forge, repository: Repository): number {
  const { issues, pulls } = forge.store;
  return [...issues.by('repository', repository.id), ...pulls.by('repository', repository.id)].filter(
    (one) => one.state === 'open',
  ).length;
}

function urlTemplates(api: string, html: string, host: string, fullName: string) {
  return {
    archive_url: `${api}/{archive_format}{/ref}`,
    assignees_url: `${api}/assignees{/user}`,
    blobs_url: `${api}/git/blobs{/sha}`,
    branches_url: `${api}/branches{/branch}`,
    collaborators_url: `${api}/collaborators{/collaborator}`,
    comments_url: `${api}/comments{/number}`,
    commits_url: `${api}/commits{/sha}`,
    compare_url: `${api}/compare/{base}...{head}`,
    contents_url: `${api}/contents/{+path}`,
    contributors_url: `${api}/contributors`,
    deployments_url: `${api}/deployments`,
    downloads_url: `${api}/downloads`,
    events_url: `${api}/events`,
    forks_url: `${api}/forks`,
    git_commits_url: `${api}/git/commits{/sha}`,
    git_refs_url: `${api}/git/refs{/sha}`,
    git_tags_url: `${api}/git/tags{/sha}`,
    git_url: `git://${host}/${fullName}.git`,
    issue_comment_url: `${api}/issues/comments{/number}`,
    issue_events_url: `${api}/issues/events{/number}`,
    issues_url: `${api}/issues{/number}`,
    keys_url: `${api}/keys{/key_id}`,
    labels_url: `${api}/labels{/name}`,
    languages_url: `${api}/languages`,
    merges_url: `${api}/merges`,
    milestones_url: `${api}/milestones{/number}`,
    notifications_url: `${api}/notifications{?since,all,participating}`,
    pulls_url: `${api}/pulls{/number}`,
    releases_url: `${api}/releases{/id}`,
    ssh_url: `git@${host}:${fullName}.git`,
    stargazers_url: `${api}/stargazers`,
    statuses_url: `${api}/statuses/{sha}`,
    subscribers_url: `${api}/subscribers`,
    subscription_url: `${api}/subscription`,
    tags_url: `${api}/tags`,
    teams_url: `${api}/teams`,
    trees_url: `${api}/git/trees{/sha}`,
    clone_url: `${html}.git`,
    hooks_url: `${api}/hooks`,
    svn_url: html,
  };
}
