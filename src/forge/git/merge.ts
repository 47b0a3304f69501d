import { git } from '../../git/git.ts';
import type { MergeMethod } from '../rows.ts';
import { repositoryGit } from './repository-folder.ts';
import { settledGit } from './settled-git.ts';

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** ISO 8601, or git's own `@<seconds> <zone>`. */
  readonly at: string;
}

export interface MergeRequest {
  /** Commits. */
  readonly base: string;
  readonly head: string;
  readonly method: MergeMethod;
  /** Title, blank line, body. Unused by rebase, which keeps each commit's own. */
  readonly message: string;
  /** Unused by rebase. */
  readonly author: Signature;
  readonly committer: Signature;
}

export type MergeResult = { readonly sha: string } | { readonly conflict: true };

/** GitHub commits what it merges under this name. */
export function githubCommitter(at: string): Signature {
  return { name: 'GitHub', email: 'noreply@github.com', at };
}

/** Makes the commit that a merge of `head` into `base` comes to, without a work tree; moves no ref. */
export async function makeMerge(folder: string, request: MergeRequest): Promise<MergeResult> {
  if (request.method === 'rebase') return rebase(folder, request);
  const { base, head, method, message, author, committer } = request;
  const tree = await mergeTree(folder, base, head);
  if (tree === undefined) return { conflict: true };
  const parents = method === 'merge' ? [base, head] : [base];
  return { sha: await commitTree(folder, { tree, parents, message, author, committer }) };
}

/** The tree that a merge comes to; undefined where the two conflict. */
export async function mergeTree(folder: string, base: string, head: string): Promise<string | undefined> {
  const args = ['merge-tree', '--write-tree', '--no-messages', '--allow-unrelated-histories', base, head];
  const { code, stdout } = await settledGit(folder, args, [1]);
  return code === 0 ? stdout.toString().split('\n')[0] : undefined;
}

/** The tree that leads from `onto` back over what changed between two commits; undefined where that conflicts. */
export async function revertTree(
  folder: string,
  onto: string,
  change: { readonly before: string; readonly after: string },
): Promise<string | undefined> {
  const [ours = '', base = '', theirs = ''] = await Promise.all(
    [onto, change.after, change.before].map((sha) => git(['rev-parse', `${sha}^{tree}`], repositoryGit(folder))),
  );
  return mergeOver(folder, base, ours, theirs);
}

/** Writes a commit and answers its SHA; moves no ref. */
export function commitTree(
  folder: string,
  commit: {
    readonly tree: string;
    readonly parents: readonly string[];
    readonly message: string;
    readonly author: Signature;
    readonly committer: Signature;
  },
): Promise<string> {
  const { author, committer } = commit;
  const env = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: author.at,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: committer.at,
  };
  const parents = commit.parents.flatMap((parent) => ['-p', parent]);
  return git(['commit-tree', commit.tree, ...parents], repositoryGit(folder, { env, input: commit.message }));
}

/** Each commit of head that base has not, one after the other onto base; authors stay, commits that become empty go. */
async function rebase(folder: string, { base, head, committer }: MergeRequest): Promise<MergeResult> {
  const list = ['rev-list', '--reverse', '--topo-order', '--no-merges', '--cherry-pick', '--right-only'];
  const commits = (await git([...list, `${base}...${head}`], repositoryGit(folder))).split('\n').filter(Boolean);
  let onto = base;
  for (const commit of commits) {
    const picked = await pick(folder, commit, onto, committer);
    if (picked === undefined) return { conflict: true };
    onto = picked;
  }
  return { sha: onto };
}

/**
 * git 2.39 has neither `git replay` nor a merge base to choose: so two commits are made whose only common ancestor is
 * a commit with the parent's tree, and those are merged.
 */
async function pick(folder: string, commit: string, onto: string, committer: Signature): Promise<string | undefined> {
  const format = '--format=%T%n%P%n%an%n%ae%n%ad%n%B';
  const text = await git(['log', '-1', '--date=raw', '--encoding=UTF-8', format, commit], repositoryGit(folder));
  const [tree = '', parent = '', name = '', email = '', at = '', ...message] = text.split('\n');
  // Without the @, git takes a time before 1973 for a date.
  const author = { name, email, at: `@${at}` };
  const ontoTree = await git(['rev-parse', `${onto}^{tree}`], repositoryGit(folder));
  const baseTree = await git(['rev-parse', parent === '' ? emptyTree : `${parent}^{tree}`], repositoryGit(folder));
  const result = ontoTree === baseTree ? tree : await mergeOver(folder, baseTree, ontoTree, tree);
  if (result === undefined || result === ontoTree) return result === undefined ? undefined : onto;
  return commitTree(folder, { tree: result, parents: [onto], message: message.join('\n'), author, committer });
}

async function mergeOver(folder: string, base: string, ours: string, theirs: string): Promise<string | undefined> {
  const nobody = { name: 'GitHub', email: 'noreply@github.com', at: '@0 +0000' };
  const make = (tree: string, parents: readonly string[]) =>
    commitTree(folder, { tree, parents, message: 'pick', author: nobody, committer: nobody });
  if (base === emptyTree)
    await git(['hash-object', '-t', 'tree', '-w', '--stdin'], repositoryGit(folder, { input: '' }));
  const root = await make(base, []);
  return mergeTree(folder, await make(ours, [root]), await make(theirs, [root]));
}

const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
