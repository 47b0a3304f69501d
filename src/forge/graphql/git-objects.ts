import { git } from '../../git/git.ts';
import { latestCheckRuns, latestStatuses, rollup } from '../checks/latest-checks.ts';
import type { Forge } from '../forge.ts';
import {
  type Commit,
  entryAt,
  objectType,
  type Person,
  readBlob,
  readCommit,
  readCommits,
  readTree,
  type TreeEntry,
} from '../git/objects.ts';
import { readRef, resolveCommit } from '../git/refs.ts';
import { repositoryFolder, repositoryGit } from '../git/repository-folder.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import { combinedState } from '../present/status.ts';
import { accountByEmail } from '../pulls/pull-content.ts';
import type { Repository } from '../rows.ts';
import { applicableRulesets } from '../rules/applicable-rulesets.ts';
import { actorNode } from './actor.ts';
import { inOrder } from './filter-rows.ts';
import { connection, type Fields, node } from './node.ts';

export interface GitObject {
  readonly repository: Repository;
  readonly oid: string;
}

export interface CommitObject extends GitObject {
  readonly commit: Commit;
}

export interface RefRow {
  readonly repository: Repository;
  /** Whole: `refs/heads/main`. */
  readonly name: string;
}

/** A ref that is there, else null. `name` may leave out `refs/heads/`. */
export function refNode(forge: Forge, repository: Repository, name: string) {
  const folder = repositoryFolder(forge, repository.id);
  const names = name.startsWith('refs/') ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`];
  const found = names.find((one) => readRef(folder, one) !== undefined);
  return found === undefined ? null : node('Ref', { repository, name: found });
}

export async function commitNode(forge: Forge, repository: Repository, oid: string | null | undefined) {
  const folder = repositoryFolder(forge, repository.id);
  const commit = oid === null || oid === undefined ? undefined : await readCommit(folder, oid);
  return commit === undefined ? null : node('Commit', { repository, oid: commit.sha, commit });
}

/** What `git rev-parse` would find for `main`, a SHA, or `main:path`. */
export async function objectNode(forge: Forge, repository: Repository, expression: string) {
  const folder = repositoryFolder(forge, repository.id);
  const colon = expression.indexOf(':');
  const name = colon === -1 ? expression : expression.slice(0, colon);
  const commit = await resolveCommit(folder, name === '' ? repository.defaultBranch : name);
  if (commit === undefined) return colon === -1 ? oidNode(forge, repository, expression) : null;
  if (colon === -1) return commitNode(forge, repository, commit);
  const path = expression.slice(colon + 1);
  if (path === '') return node('Tree', { repository, oid: (await readCommit(folder, commit))?.tree ?? '' });
  const entry = await entryAt(folder, commit, path);
  if (entry === undefined || entry.type === 'commit') return null;
  return node(entry.type === 'blob' ? 'Blob' : 'Tree', { repository, oid: entry.sha });
}

export async function oidNode(forge: Forge, repository: Repository, oid: string) {
  if (!/^[0-9a-f]{40}$/.test(oid)) return null;
  const type = await objectType(repositoryFolder(forge, repository.id), oid);
  if (type === 'commit') return commitNode(forge, repository, oid);
  return type === 'blob' || type === 'tree' ? node(type === 'blob' ? 'Blob' : 'Tree', { repository, oid }) : null;
}

const common: Fields<GitObject> = {
  oid: (row) => row.oid,
  abbreviatedOid: (row) => row.oid.slice(0, 7),
  repository: (row) => node('Repository', row.repository),
};

export const blobFields: Fields<GitObject> = {
  ...common,
  id: (row) => nodeId('Blob', `${row.repository.id}:${row.oid}`),
  byteSize: async (row, _args, { forge }) => (await bytesOf(forge, row)).length,
  isBinary: async (row, _args, { forge }) => (await bytesOf(forge, row)).includes(0),
  isTruncated: () => false,
  text: async (row, _args, { forge }) => {
    const bytes = await bytesOf(forge, row);
    return bytes.includes(0) ? null : bytes.toString('utf8');
  },
};

export const treeFields: Fields<GitObject> = {
  ...common,
  id: (row) => nodeId('Tree', `${row.repository.id}:${row.oid}`),
  entries: async (row, _args, { forge }) =>
    ((await readTree(repositoryFolder(forge, row.repository.id), row.oid, false)) ?? []).map((entry) =>
      treeEntry(forge, row.repository, entry),
    ),
};

function treeEntry(forge: Forge, repository: Repository, entry: TreeEntry) {
  return {
    name: entry.path.slice(entry.path.lastIndexOf('/') + 1),
    path: entry.path,
    oid: entry.sha,
    type: entry.type,
    mode: Number.parseInt(entry.mode, 8),
    object: () => oidNode(forge, repository, entry.sha),
  };
}

export const refFields: Fields<RefRow> = {
  id: (row) => nodeId('Ref', `${row.repository.id}:${row.name}`),
  name: (row) => row.name.replace(/^refs\/(heads|tags)\//, ''),
  prefix: (row) => /^refs\/(heads|tags)\//.exec(row.name)?.[0] ?? 'refs/',
  repository: (row) => node('Repository', row.repository),
  target: (row, _args, { forge }) => {
    const oid = readRef(repositoryFolder(forge, row.repository.id), row.name);
    return oid === undefined ? null : oidNode(forge, row.repository, oid);
  },
  branchProtectionRule: () => null,
  refUpdateRule: () => null,
  rules: (row, args, { forge }) =>
    connection(
      args,
      applicableRulesets(forge, row.repository, row.name).flatMap((one) =>
        one.rules.map(({ type }) => ({ type: type.toUpperCase() })),
      ),
    ),
  associatedPullRequests: (row, args, { forge }) => {
    const states = Array.isArray(args['states']) ? args['states'] : undefined;
    const branch = row.name.replace(/^refs\/heads\//, '');
    const found = forge.store.pulls
      .by('head', `${row.repository.id}/${branch}`)
      .filter((pull) => states === undefined || states.includes(pull.merged ? 'MERGED' : pull.state.toUpperCase()));
    return connection(
      args,
      found.map((pull) => node('PullRequest', pull)),
    );
  },
};

export const commitFields: Fields<CommitObject> = {
  ...common,
  id: (row) => nodeId('Commit', `${row.repository.id}:${row.oid}`),
  message: (row) => row.commit.message,
  messageHeadline: (row) => row.commit.message.split('\n')[0] ?? '',
  messageBody: (row) => row.commit.message.split('\n').slice(1).join('\n').trim(),
  committedDate: (row) => row.commit.committer.date,
  authoredDate: (row) => row.commit.author.date,
  author: (row, _args, { forge }) => gitActor(forge, row.commit.author),
  committer: (row, _args, { forge }) => gitActor(forge, row.commit.committer),
  authors: (row, args, { forge }) => connection(args, [gitActor(forge, row.commit.author)]),
  parents: async (row, args, { forge }) =>
    connection(args, await Promise.all(row.commit.parents.map((oid) => commitNode(forge, row.repository, oid)))),
  tree: (row) => node('Tree', { repository: row.repository, oid: row.commit.tree }),
  url: (row, _args, { forge }) => `${forge.urls.html}/${fullNameOf(forge, row.repository)}/commit/${row.oid}`,
  history: (row, args, { forge }) => history(forge, row, args),
  file: async (row, args, { forge }) => {
    const entry = await entryAt(repositoryFolder(forge, row.repository.id), row.oid, String(args['path']));
    return entry === undefined ? null : treeEntry(forge, row.repository, entry);
  },
  status: (row, _args, { forge }) => {
    const contexts = latestStatuses(forge, row.repository.id, row.oid);
    if (contexts.length === 0) return null;
    return {
      state: combinedState(contexts).toUpperCase(),
      contexts: contexts.map((one) => node('StatusContext', one)),
    };
  },
  statusCheckRollup: (row, _args, { forge }) => rollupOf(forge, row),
  checkSuites: (row, args, { forge }) =>
    connection(
      args,
      forge.store.checkSuites.by('commit', `${row.repository.id}/${row.oid}`).map((one) => node('CheckSuite', one)),
    ),
  associatedPullRequests: (row, args, { forge }) => {
    const pulls = forge.store.pulls.by('repository', row.repository.id);
    const found = pulls.filter((one) => one.mergeCommitSha === row.oid || one.headSha === row.oid);
    return connection(
      args,
      inOrder(found, args).map((pull) => node('PullRequest', pull)),
    );
  },
};

/** All checks of a commit; null where there are none. */
export function rollupOf(forge: Forge, row: CommitObject) {
  const state = rollup(forge, row.repository.id, row.oid);
  if (state === undefined) return null;
  const runs = latestCheckRuns(forge, row.repository.id, row.oid);
  const statuses = latestStatuses(forge, row.repository.id, row.oid);
  const contexts = [...runs.map((one) => node('CheckRun', one)), ...statuses.map((one) => node('StatusContext', one))];
  const counts = {
    checkRunCount: runs.length,
    checkRunCountsByState: countByState(runs.map((one) => one.conclusion ?? one.status)),
    statusContextCount: statuses.length,
    statusContextCountsByState: countByState(statuses.map((one) => one.state)),
  };
  return {
    state,
    contexts: (args: Readonly<Record<string, unknown>>) => connection(args, contexts, counts),
    commit: node('Commit', row),
  };
}

function countByState(states: readonly string[]) {
  const kinds = [...new Set(states)];
  return kinds.map((kind) => ({ state: kind.toUpperCase(), count: states.filter((one) => one === kind).length }));
}

async function history(forge: Forge, row: CommitObject, args: Readonly<Record<string, unknown>>) {
  const folder = repositoryFolder(forge, row.repository.id);
  const path = typeof args['path'] === 'string' ? ['--', args['path']] : [];
  const count = Number(await git(['rev-list', '--count', row.oid, ...path], repositoryGit(folder)));
  const shas = (await git(['rev-list', row.oid, ...path], repositoryGit(folder))).split('\n');
  const page = connection(args, shas);
  const [first] = page.nodes;
  if (first === undefined) return { ...page, totalCount: count };
  const commits = await readCommits(folder, ['--no-walk=unsorted', ...page.nodes.map(String)]);
  const nodes = commits.map((commit) => node('Commit', { repository: row.repository, oid: commit.sha, commit }));
  return { ...page, nodes, edges: nodes.map((one, index) => ({ ...page.edges[index], node: one })), totalCount: count };
}

function gitActor(forge: Forge, person: Person) {
  const account = accountByEmail(forge, person.email);
  const user = account?.type === 'User' ? actorNode(forge, account.id) : null;
  return { name: person.name, email: person.email, date: person.date, user };
}

async function bytesOf(forge: Forge, row: GitObject): Promise<Buffer> {
  return (await readBlob(repositoryFolder(forge, row.repository.id), row.oid)) ?? Buffer.alloc(0);
}
