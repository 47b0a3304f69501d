import { runGit } from '../../git/git.ts';
import type { WorkflowEvent } from '../../protocol/event.ts';
import { headCommits } from '../actions/head-commits.ts';
import type { Forge } from '../forge.ts';
import { readCommit } from '../git/objects.ts';
import { zeroSha } from '../git/refs.ts';
import { repositoryFolder, repositoryGit } from '../git/repository-folder.ts';
import { areSettled, settledGit } from '../git/settled-git.ts';
import { presentCommit } from '../present/commit.ts';
import { pullSize } from '../pulls/pull-facts.ts';
import { isAncestor } from '../rules/history.ts';

type Json = Readonly<Record<string, unknown>>;

/** GitHub lists no more commits of a push than this. */
const commitLimit = 2048;

/**
 * Adds what only git knows: events are raised inside a transaction, where no process can be waited for. A push gets
 * its commits, a pull request its size, a run its head commit. What has it already comes back as it is.
 */
export async function completeEvent(forge: Forge, event: WorkflowEvent): Promise<WorkflowEvent> {
  const complete = await completePayload(forge, event.name, event.repository.id, event.payload);
  const payload = event.name === 'push' && complete !== event.payload ? withoutPaths(complete) : complete;
  const message = await headMessage(forge, event);
  if (message === undefined && payload === event.payload) return event;
  return { ...event, ...(message === undefined ? {} : { headMessage: message }), payload };
}

/** Workflows are told of a push's commits, not which files they touch (docs.github.com, "Events that trigger workflows"). */
function withoutPaths(payload: Json): Json {
  const { commits, head_commit: head } = payload;
  const bare = (commit: unknown): unknown => {
    if (!isObject(commit)) return commit;
    const { added: _, removed: __, modified: ___, ...rest } = commit;
    return rest;
  };
  return { ...payload, commits: Array.isArray(commits) ? commits.map(bare) : commits, head_commit: bare(head) };
}

/** The same for a webhook's payload. */
export async function completePayload(
  forge: Forge,
  name: string,
  repositoryId: number | null,
  payload: Json,
): Promise<Json> {
  if (repositoryId === null || forge.store.repositories.get(repositoryId) === undefined) return payload;
  const added = {
    ...(name === 'push' ? await pushParts(forge, repositoryId, payload) : {}),
    ...(await pullParts(forge, repositoryId, payload)),
    ...(await runParts(forge, repositoryId, payload)),
    ...(name === 'status' ? await statusParts(forge, repositoryId, payload) : {}),
    ...(await suiteParts(forge, repositoryId, payload)),
  };
  return Object.keys(added).length === 0 ? payload : { ...payload, ...added };
}

/** Of a pull request, whose payload does not have it. */
async function headMessage(forge: Forge, event: WorkflowEvent): Promise<string | undefined> {
  if (event.name !== 'pull_request' || event.headMessage !== undefined) return undefined;
  return (await headCommits(forge, event.repository.id, [event.headSha])).get(event.headSha)?.message;
}

async function pushParts(forge: Forge, repositoryId: number, payload: Json): Promise<Json> {
  const { before, after, ref } = payload;
  if (payload['commits'] !== undefined) return {};
  if (typeof before !== 'string' || typeof after !== 'string' || typeof ref !== 'string') return {};
  if (after === zeroSha) return { forced: false, commits: [], head_commit: null };
  const cwd = repositoryFolder(forge, repositoryId);
  const repository = payload['repository'];
  const url = isObject(repository) ? String(repository['html_url']) : '';
  const range = before === zeroSha ? [after, '--not', `--exclude=${ref}`, '--glob=refs/heads'] : [after, `^${before}`];
  const commits = await readCommits(cwd, ['--reverse', `--max-count=${commitLimit}`, ...range], url);
  const newest = commits.at(-1);
  const head = newest?.['id'] === after ? newest : (await readCommits(cwd, ['--max-count=1', after], url))[0];
  const forced = before !== zeroSha && !(await isAncestor({ folder: cwd }, before, after));
  return { forced, commits, head_commit: head ?? null };
}

async function pullParts(forge: Forge, repositoryId: number, payload: Json): Promise<Json> {
  const shown = payload['pull_request'];
  if (!isObject(shown) || shown['changed_files'] !== 0) return {};
  const row = forge.store.pulls.by('number', `${repositoryId}/${Number(shown['number'])}`)[0];
  const [base, head] = [shaOf(shown['base']), shaOf(shown['head'])];
  if (row === undefined || base === undefined || head === undefined) return {};
  const size = await pullSize(forge, { ...row, baseSha: base, headSha: head });
  const { commits, additions, deletions, changedFiles } = size;
  return { pull_request: { ...shown, commits, additions, deletions, changed_files: changedFiles } };
}

function shaOf(side: unknown): string | undefined {
  return isObject(side) && typeof side['sha'] === 'string' ? side['sha'] : undefined;
}

async function runParts(forge: Forge, repositoryId: number, payload: Json): Promise<Json> {
  const shown = payload['workflow_run'];
  if (!isObject(shown) || shown['head_commit'] !== null) return {};
  const sha = String(shown['head_sha']);
  const commit = (await headCommits(forge, repositoryId, [sha])).get(sha);
  return commit === undefined ? {} : { workflow_run: { ...shown, head_commit: commit } };
}

async function suiteParts(forge: Forge, repositoryId: number, payload: Json): Promise<Json> {
  const shown = payload['check_suite'];
  if (!isObject(shown) || shown['head_commit'] !== null) return {};
  const sha = String(shown['head_sha']);
  const commit = (await headCommits(forge, repositoryId, [sha])).get(sha);
  return commit === undefined ? {} : { check_suite: { ...shown, head_commit: commit } };
}

async function statusParts(forge: Forge, repositoryId: number, payload: Json): Promise<Json> {
  const repository = forge.store.repositories.get(repositoryId);
  if (payload['commit'] !== undefined || repository === undefined) return {};
  const commit = await readCommit(repositoryFolder(forge, repositoryId), String(payload['sha']));
  return commit === undefined ? {} : { commit: presentCommit(forge, repository, commit) };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

const format = ['%x1e%H', '%T', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B%x1f'].join('%x1f');

async function readCommits(
  cwd: string,
  args: readonly string[],
  url: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const asked = [
    'log',
    `--format=${format}`,
    '--name-status',
    '--no-renames',
    '--diff-merges=first-parent',
    '--root',
    '-z',
    ...args,
  ];
  const { stdout } = areSettled(args) ? await settledGit(cwd, asked) : await runGit(asked, repositoryGit(cwd));
  return stdout
    .toString()
    .split('\x1e')
    .slice(1)
    .map((record) => {
      const [id = '', tree = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', body = '', files = ''] =
        record.split('\x1f');
      return {
        id,
        tree_id: tree,
        distinct: true,
        message: body.trimEnd(),
        timestamp: cd === '' ? ad : cd,
        url: `${url}/commit/${id}`,
        author: { name: an, email: ae, date: ad },
        committer: { name: cn, email: ce, date: cd },
        ...changedPaths(files),
      };
    });
}

function changedPaths(text: string): { added: string[]; removed: string[]; modified: string[] } {
  const parts = text
    .split('\0')
    .map((part) => part.replace(/^\n/, ''))
    .filter((part) => part !== '');
  const changed: { added: string[]; removed: string[]; modified: string[] } = { added: [], removed: [], modified: [] };
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const path = parts[at + 1] ?? '';
    if (parts[at] === 'A') changed.added.push(path);
    else if (parts[at] === 'D') changed.removed.push(path);
    else changed.modified.push(path);
  }
  return changed;
}
