import { TrunklineError } from '../errors.ts';
import { git, runGit } from '../git/git.ts';
import { type Json, readEventPayload, record } from './event-payload.ts';

/** What a run is about, as two commits; without a base everything counts as changed. */
export interface ChangeRange {
  readonly head: string;
  readonly base: string | undefined;
  /** For people: why this base, or why none. */
  readonly because: string;
}

export interface ChangeRangeOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly base?: string | undefined;
  readonly head?: string | undefined;
}

/**
 * The commits that the event of a run compares: a pull request with where it left its base, a push with what was there
 * before, a new branch with where it left the default branch. Everything for a tag, and for a push whose earlier commit
 * cannot be found (a first push, a force push that took it away, a shallow clone). Undefined where the ref was deleted.
 * @throws INPUT_INVALID
 */
export async function readChangeRange(options: ChangeRangeOptions): Promise<ChangeRange | undefined> {
  const { cwd } = options;
  const event = readEventPayload(options.env);
  const told = options.base !== undefined || options.head !== undefined;
  if (!told && event['deleted'] === true) return undefined;
  const head = await commitOf(cwd, options.head ?? 'HEAD');
  if (head === undefined)
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected a commit of this repository, found ${options.head ?? 'none yet'}`,
    );
  const range = (base: string | undefined, because: string): ChangeRange => ({ head, base, because });
  if (options.base !== undefined) {
    const base = await commitOf(cwd, options.base);
    if (base !== undefined) return range(base, `compared with ${options.base}`);
    throw new TrunklineError('INPUT_INVALID', `expected a commit of this repository, found --base ${options.base}`, {
      hint: 'fetch the whole history: fetch-depth: 0',
    });
  }
  const pull = event['pull_request'] === undefined ? undefined : record(event['pull_request']);
  if (pull !== undefined) return { head, ...(await pullBase(cwd, head, pull)) };
  const queued = shaIn(record(event['merge_group']), 'base_sha');
  if (queued !== undefined) return range(await commitOf(cwd, queued), 'compared with what it is queued behind');
  if (typeof event['before'] === 'string') return { head, ...(await pushBase(cwd, head, event, event['before'])) };
  const parent = await commitOf(cwd, `${head}^1`);
  return range(parent, parent === undefined ? 'the first commit' : 'compared with its first parent');
}

type Base = Pick<ChangeRange, 'base' | 'because'>;

/** In a checkout of the merge that GitHub tries, its first parent is the base; elsewhere the commit where they parted. */
async function pullBase(cwd: string, head: string, pull: Json): Promise<Base> {
  const headSha = shaIn(record(pull['head']), 'sha');
  if (headSha !== undefined && (await commitOf(cwd, `${head}^2`)) === headSha)
    return { base: await commitOf(cwd, `${head}^1`), because: 'compared with the branch that it is merged into' };
  const baseSha = shaIn(record(pull['base']), 'sha');
  const parted = baseSha === undefined ? undefined : await mergeBase(cwd, baseSha, head);
  return parted === undefined
    ? { base: undefined, because: 'everything: the base of the pull request is not in this clone (fetch-depth: 0)' }
    : { base: parted, because: 'compared with where it left its base' };
}

async function pushBase(cwd: string, head: string, event: Json, before: string): Promise<Base> {
  const ref = typeof event['ref'] === 'string' ? event['ref'] : '';
  if (ref.startsWith('refs/tags/')) return { base: undefined, because: 'everything: a tag was pushed' };
  const there = /^0+$/.test(before) ? undefined : await commitOf(cwd, before);
  if (there !== undefined) {
    const forced = event['forced'] === true;
    return {
      base: there,
      because: forced ? 'compared with what the force push replaced' : 'compared with the push before',
    };
  }
  const { default_branch: main } = record(event['repository']);
  if (typeof main === 'string' && ref !== '' && ref !== `refs/heads/${main}`) {
    for (const name of [`refs/remotes/origin/${main}`, `refs/heads/${main}`]) {
      const parted = await mergeBase(cwd, name, head);
      if (parted !== undefined) return { base: parted, because: `compared with where it left ${main}` };
    }
  }
  return {
    base: undefined,
    because: /^0+$/.test(before)
      ? 'everything: the first push'
      : `everything: ${before.slice(0, 12)}, which was there before, is not in this clone (fetch-depth: 0, or it was forced away)`,
  };
}

async function mergeBase(cwd: string, one: string, other: string): Promise<string | undefined> {
  if ((await commitOf(cwd, one)) === undefined) return undefined;
  const { code, stdout } = await runGit(['merge-base', '--end-of-options', one, other], { cwd, accept: [1, 128] });
  return code === 0 ? stdout.toString().trim() : undefined;
}

async function commitOf(cwd: string, revision: string): Promise<string | undefined> {
  const { code, stdout } = await runGit(
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    { cwd, accept: [1, 128] },
  );
  return code === 0 ? stdout.toString().trim() : undefined;
}

function shaIn(object: Json, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
}

/** Paths that differ between two commits; both names of one that was moved. */
export async function readChangedPaths(cwd: string, base: string, head: string): Promise<readonly string[]> {
  const out = await git(['diff', '--name-only', '-z', '--no-renames', '--end-of-options', base, head], { cwd });
  return out.split('\0').filter((path) => path !== '');
}
