import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../../git/git.ts';
import { objectInfo, readObject } from './object-reader.ts';
import { parseCommit, parseTree, personDate, type RawPerson, type RawTreeEntry } from './parse-objects.ts';
import { isSha } from './refs.ts';
import { repositoryGit } from './repository-folder.ts';
import { areSettled, settledText } from './settled-git.ts';

export interface Person {
  readonly name: string;
  readonly email: string;
  /** ISO 8601. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

export interface TreeEntry {
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  /** Bytes, of blobs. */
  readonly size?: number;
  readonly path: string;
}

export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  /** null takes the path away. */
  readonly sha: string | null;
}

const fields = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'];

/** Commits as `git log` lists them with these arguments. */
export async function readCommits(folder: string, args: readonly string[]): Promise<readonly Commit[]> {
  const format = `--format=tformat:${fields.map((field) => `${field}%x00`).join('')}`;
  const asked = ['log', '--encoding=UTF-8', format, ...args];
  const text = areSettled(args) ? await settledText(folder, asked) : await git(asked, repositoryGit(folder));
  const parts = text.split('\0');
  const commits: Commit[] = [];
  for (let at = 0; at + fields.length <= parts.length; at += fields.length) {
    const [sha = '', tree = '', parents = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', message = ''] =
      parts.slice(at, at + fields.length);
    commits.push({
      sha: sha.trim(),
      tree,
      parents: parents.split(' ').filter(Boolean),
      author: { name: an, email: ae, date: utc(ad) },
      committer: { name: cn, email: ce, date: utc(cd) },
      message: message.replace(/\n$/, ''),
    });
  }
  return commits;
}

/** GitHub writes the times of commits in UTC. */
function utc(date: string): string {
  const time = Date.parse(date);
  return Number.isNaN(time) ? date : new Date(time).toISOString().replace('.000Z', 'Z');
}

/** One commit; undefined where the object is none. */
export async function readCommit(folder: string, sha: string): Promise<Commit | undefined> {
  const object = isSha(sha) ? await readObject(folder, sha) : undefined;
  if (object?.type !== 'commit') return undefined;
  const { tree, parents, author, committer, message } = parseCommit(object.bytes);
  return {
    sha,
    tree,
    parents,
    author: person(author),
    committer: person(committer),
    message: message.replace(/\n+$/, ''),
  };
}

function person(raw: RawPerson): Person {
  return { name: raw.name, email: raw.email, date: utc(personDate(raw)) };
}

/** What an object is; undefined where there is none. */
export async function objectType(folder: string, sha: string): Promise<string | undefined> {
  if (!isSha(sha)) return undefined;
  return (await objectInfo(folder, sha))?.type;
}

/** Entries of a tree; undefined where there is no tree. */
export async function readTree(
  folder: string,
  treeish: string,
  recursive = false,
): Promise<readonly TreeEntry[] | undefined> {
  const root = await readObject(folder, `${treeish}^{tree}`);
  if (root?.type !== 'tree') return undefined;
  return listTree(folder, root.bytes, '', recursive);
}

async function listTree(
  folder: string,
  bytes: Buffer,
  prefix: string,
  recursive: boolean,
): Promise<readonly TreeEntry[]> {
  const lists = parseTree(bytes).map(async (raw): Promise<readonly TreeEntry[]> => {
    const entry = await completeEntry(folder, { ...raw, path: `${prefix}${raw.path}` });
    if (!recursive || entry.type !== 'tree') return [entry];
    const below = await readObject(folder, raw.sha);
    return below === undefined ? [entry] : [entry, ...(await listTree(folder, below.bytes, `${entry.path}/`, true))];
  });
  return (await Promise.all(lists)).flat();
}

async function completeEntry(folder: string, raw: RawTreeEntry): Promise<TreeEntry> {
  if (raw.mode === '040000') return { ...raw, type: 'tree' };
  if (raw.mode === '160000') return { ...raw, type: 'commit' };
  const size = (await objectInfo(folder, raw.sha))?.size;
  return { ...raw, type: 'blob', ...(size === undefined ? {} : { size }) };
}

/** The entry at a path of a commit; the root is an entry of its own. */
export async function entryAt(folder: string, commit: string, path: string): Promise<TreeEntry | undefined> {
  let entry: RawTreeEntry = { mode: '040000', path: '', sha: '' };
  let tree = await readObject(folder, `${commit}^{tree}`);
  if (tree === undefined) return undefined;
  entry = { ...entry, sha: tree.sha };
  for (const name of path === '' ? [] : path.split('/')) {
    const next: RawTreeEntry | undefined =
      tree === undefined ? undefined : parseTree(tree.bytes).find((one) => one.path === name);
    if (next === undefined) return undefined;
    entry = next;
    tree = next.mode === '040000' ? await readObject(folder, next.sha) : undefined;
  }
  return completeEntry(folder, { ...entry, path });
}

/** A blob's bytes; undefined where the object is none. */
export async function readBlob(folder: string, sha: string): Promise<Buffer | undefined> {
  const object = isSha(sha) ? await readObject(folder, sha) : undefined;
  return object?.type === 'blob' ? object.bytes : undefined;
}

export function writeBlob(folder: string, bytes: string | Uint8Array): Promise<string> {
  return git(['hash-object', '-w', '--stdin'], repositoryGit(folder, { input: bytes }));
}

/** A tree with changes, on top of another one or of nothing. */
export async function writeTree(
  folder: string,
  base: string | undefined,
  changes: readonly TreeChange[],
): Promise<string> {
  const index = join(folder, `index-${randomUUID()}`);
  const options = repositoryGit(folder, { env: { GIT_INDEX_FILE: index } });
  try {
    await git(base === undefined ? ['read-tree', '--empty'] : ['read-tree', base], options);
    const lines = changes.map(({ path, mode, sha }) =>
      sha === null ? `0 ${'0'.repeat(40)}\t${path}\0` : `${mode} ${sha}\t${path}\0`,
    );
    await git(['update-index', '-z', '--replace', '--index-info'], { ...options, input: lines.join('') });
    return await git(['write-tree'], options);
  } finally {
    await rm(index, { force: true });
  }
}

/** Whether a path can be a file of a repository: no way out of it, nothing of git's own. */
export function isTreePath(path: string): boolean {
  const parts = path.split('/');
  return (
    !path.includes('\0') &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/^\.git$/i.test(part))
  );
}
