import { basename } from 'node:path';
import type { EnvironmentsConfig } from '../../config/config.ts';
import type { PublishedRelease } from '../../delivery/state.ts';
import { git, runGit } from '../../git/git.ts';
import type { GitHub } from '../../github/client.ts';
import { formatSource, type Source } from '../../model/release.ts';
import { readCommitPulls } from './commit-pulls.ts';
import { hostedName } from './hosted-name.ts';
import { releaseOf } from './layout.ts';
import type { Movement } from './movements.ts';

/**
 * The commits that releases were built from, by release: as published records say, which GitHub ties to a commit; else
 * as a delivery commit's trailer says; else as a tag names it (40 digits, alone or after `sha-`), where one repository only
 * may ship.
 */
export function sourcesOf(
  movements: readonly Movement[],
  published: readonly PublishedRelease[],
  config: EnvironmentsConfig | undefined,
  repository?: string,
): ReadonlyMap<string, Source> {
  const found = new Map<string, Source>();
  const only = repository ?? (config?.accept.length === 1 ? config.accept[0]?.repository : undefined);
  for (const { after, source } of movements) {
    if (after === undefined) continue;
    const commit = /(?:^|[^0-9a-f])([0-9a-f]{40})$/.exec(` ${after.tag ?? ''}`)?.[1];
    const named = source ?? (commit === undefined || only === undefined ? undefined : { repository: only, commit });
    if (named !== undefined) found.set(releaseOf(after), named);
  }
  for (const { digest, source } of published) if (source !== undefined) found.set(digest, source);
  return found;
}

/** When sources were merged in their repositories, by `owner/repo@sha`: as pull requests say; without one nothing is known. */
export async function readMergeTimes(github: GitHub, sources: Iterable<Source>): Promise<ReadonlyMap<string, number>> {
  const byRepository = new Map<string, Set<string>>();
  for (const { repository, commit } of sources)
    byRepository.set(repository, (byRepository.get(repository) ?? new Set()).add(commit));
  const times = new Map<string, number>();
  for (const [repository, commits] of byRepository) {
    const pulls = await readCommitPulls(github, repository, [...commits]);
    for (const [commit, pull] of pulls) times.set(formatSource({ repository, commit }), pull.mergedAt);
  }
  return times;
}

/** A clone of an application repository, to be read offline. */
export interface SourceClone {
  readonly folder: string;
  /** `owner/name`, as its origin says; else after its folder. */
  readonly repository: string;
  /** Its commits as the main line took them up: when each was committed, and its subject. */
  readonly commits: ReadonlyMap<string, { readonly at: number; readonly subject: string; readonly author: string }>;
}

/** Reads the commits of a clone, twenty thousand at most. @throws GIT_FAILED */
export async function readSourceClone(folder: string): Promise<SourceClone> {
  const log = await git(['log', '--all', '--max-count=20000', '-z', '--format=%H%x09%ct%x09%an%x09%s'], {
    cwd: folder,
  });
  const commits = new Map(
    log.split('\0').flatMap((line) => {
      const [sha, at, author, ...subject] = line.split('\t');
      return sha === undefined || at === undefined
        ? []
        : [[sha, { at: Number(at) * 1000, author: author ?? '', subject: subject.join('\t') }] as const];
    }),
  );
  const repository = (await hostedName(folder)) ?? `local/${basename(folder)}`;
  return { folder, repository, commits };
}

export interface Between {
  /** How the second stands to the first. */
  readonly direction: 'ahead' | 'behind' | 'diverged' | 'same';
  readonly commits: readonly { readonly sha: string; readonly subject: string; readonly author: string }[];
  /** Of how many these are the newest. */
  readonly total: number;
}

/** Commits between two of a clone, oldest first; undefined where it does not have both. */
export async function betweenInClone(
  { folder, commits }: SourceClone,
  base: string,
  head: string,
): Promise<Between | undefined> {
  if (base === head) return { direction: 'same', commits: [], total: 0 };
  const { code, stdout } = await runGit(['rev-list', '--left-right', '--end-of-options', `${base}...${head}`], {
    cwd: folder,
    accept: [128],
  });
  if (code !== 0) return undefined;
  const sides = stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  const right = sides.filter((line) => line.startsWith('>')).map((line) => line.slice(1));
  const left = sides.filter((line) => line.startsWith('<')).map((line) => line.slice(1));
  const shown = right.length > 0 ? right : left;
  return {
    direction: left.length === 0 ? 'ahead' : right.length === 0 ? 'behind' : 'diverged',
    total: shown.length,
    commits: shown
      .slice(0, 100)
      .reverse()
      .map((sha) => ({ sha, subject: commits.get(sha)?.subject ?? '', author: commits.get(sha)?.author ?? '' })),
  };
}
