import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../../git/git.ts';
import { objectInfo } from './object-reader.ts';
import { repositoryGit } from './repository-folder.ts';

/** 40 zeros: no commit, for a ref that is created or deleted. */
export const zeroSha = '0'.repeat(40);

export interface Ref {
  readonly name: string;
  readonly sha: string;
  readonly type: 'commit' | 'tag' | 'tree' | 'blob';
}

const shaPattern = /^[0-9a-f]{40}$/;

export function isSha(text: string): boolean {
  return shaPattern.test(text);
}

/** What a ref points to now; undefined where there is none. Read from its file: no process for the commonest question. */
export function readRef(folder: string, ref: string): string | undefined {
  if (!isRefName(ref)) return undefined;
  const loose = readText(join(folder, ref))?.trim();
  if (loose !== undefined && isSha(loose)) return loose;
  const line = readText(join(folder, 'packed-refs'))
    ?.split('\n')
    .find((one) => one.slice(41) === ref);
  return line?.slice(0, 40);
}

/** One ref, with what it points to; no process where one reads objects already. */
export async function findRef(folder: string, name: string): Promise<Ref | undefined> {
  const sha = readRef(folder, name);
  // git puts nothing but commits on branches.
  const branch = sha === undefined || name.startsWith('refs/heads/');
  const type = branch ? 'commit' : (await objectInfo(folder, sha))?.type;
  return sha === undefined || type === undefined ? undefined : { name, sha, type: refType(type) };
}

/** Refs whose name begins so, sorted by name: `refs/heads/`, `refs/heads/feature`. */
export async function listRefs(folder: string, prefix = 'refs/'): Promise<readonly Ref[]> {
  const whole = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const format = '--format=%(objectname) %(objecttype) %(refname)';
  const text = await git(['for-each-ref', format, whole], repositoryGit(folder));
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [sha = '', type = '', name = ''] = line.split(' ');
      return { name, sha, type: refType(type) };
    })
    .filter((ref) => ref.name.startsWith(prefix));
}

/** The commit that a branch, tag, full ref, SHA or abbreviated SHA stands for, in GitHub's order of trying. */
export async function resolveCommit(folder: string, name: string): Promise<string | undefined> {
  const candidates = name === 'HEAD' ? [readHead(folder)] : [`refs/heads/${name}`, `refs/tags/${name}`, name];
  for (const candidate of candidates) {
    const target = candidate.startsWith('refs/') ? readRef(folder, candidate) : candidate;
    if (target === undefined || !/^[0-9a-f]{4,40}$/.test(target)) continue;
    const found = await objectInfo(folder, `${target}^{commit}`);
    if (found !== undefined) return found.sha;
  }
  return undefined;
}

/** The ref that HEAD names. */
const readHead = (folder: string): string => /^ref: (\S+)$/m.exec(readText(join(folder, 'HEAD')) ?? '')?.[1] ?? '';

/** Whether git takes it as a ref's full name (git-check-ref-format). */
export function isRefName(ref: string): boolean {
  if (!ref.startsWith('refs/') || ref.length > 255 || ref.endsWith('.') || ref.endsWith('/')) return false;
  if (/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\//.test(ref)) return false;
  const parts = ref.split('/');
  return parts.length >= 3 && parts.every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}

function refType(type: string): Ref['type'] {
  return type === 'tag' || type === 'tree' || type === 'blob' ? type : 'commit';
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
