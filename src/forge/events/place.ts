import type { WorkflowEvent } from '../../protocol/event.ts';
import { actionsAppId, type Forge } from '../forge.ts';
import { readRef as readRefIn } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import type { Pull, Repository } from '../rows.ts';
import type { Happening } from './happening.ts';

/** Where a workflow of an event runs: the parts of WorkflowEvent that depend on what happened. */
export type Place = Pick<WorkflowEvent, 'ref' | 'sha' | 'headSha' | 'workflowSha' | 'fromFork' | 'pullRequests'> &
  Partial<Pick<WorkflowEvent, 'headRef' | 'baseRef' | 'diff' | 'workflow' | 'requiredFrom' | 'runId'>>;

/** GitHub stops a chain of workflow_run after this many. */
export const longestChain = 3;

/**
 * Decides ref and commits as docs.github.com says for each event ("Events that trigger workflows"); undefined where
 * GitHub starts nothing: conflicting pull requests, checks of Actions itself, repositories without a commit.
 */
export function placeOf(forge: Forge, repository: Repository, what: Happening): Place | undefined {
  switch (what.name) {
    case 'push':
      return pushPlace(forge, repository, what.ref, what.before, what.after);
    case 'create':
      return at(what.ref, what.sha);
    case 'pull_request':
      return pullPlace(repository, what.pull);
    case 'pull_request_review':
    case 'pull_request_review_comment':
      return pullPlace(repository, what.pull);
    case 'workflow_dispatch':
      return { ...at(what.ref, what.sha), workflow: what.workflow, runId: what.runId };
    case 'release': {
      const sha = readRef(forge, repository.id, `refs/tags/${what.tag}`);
      return sha === undefined ? undefined : at(`refs/tags/${what.tag}`, sha);
    }
    case 'deployment':
      return at(wholeRef(forge, repository, what.deployment.ref), what.deployment.sha);
    case 'deployment_status':
      if (what.status.state === 'inactive') return undefined;
      return at(wholeRef(forge, repository, what.deployment.ref), what.deployment.sha);
    case 'check_run':
      return what.checkRun.appId === actionsAppId ? undefined : defaultPlace(forge, repository);
    case 'check_suite':
      return what.checkSuite.appId === actionsAppId ? undefined : defaultPlace(forge, repository);
    case 'schedule': {
      const place = defaultPlace(forge, repository);
      return place === undefined ? undefined : { ...place, workflow: what.workflow };
    }
    case 'workflow_job':
    case 'pull_request_review_thread':
    case 'repository_ruleset':
    case 'repository':
    case 'member':
    case 'deployment_review':
    case 'deployment_protection_rule':
      return undefined;
    case 'delete':
    case 'fork':
    case 'label':
    case 'milestone':
    case 'issue_comment':
    case 'issues':
    case 'repository_dispatch':
    case 'workflow_run':
    case 'status':
      return defaultPlace(forge, repository);
  }
}

/** pull_request_target runs the default branch's files on the default branch (GitHub, since December 2025). */
export function targetPlace(forge: Forge, repository: Repository, pull: Pull): Place | undefined {
  const place = defaultPlace(forge, repository);
  if (place === undefined) return undefined;
  return { ...place, ...pullParts(repository, pull), headSha: pull.headSha };
}

function at(ref: string, sha: string): Place {
  return { ref, sha, headSha: sha, workflowSha: sha, fromFork: false, pullRequests: [] };
}

function defaultPlace(forge: Forge, repository: Repository): Place | undefined {
  const ref = `refs/heads/${repository.defaultBranch}`;
  const sha = readRef(forge, repository.id, ref);
  return sha === undefined ? undefined : at(ref, sha);
}

function pushPlace(forge: Forge, repository: Repository, ref: string, before: string, after: string): Place {
  const branch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
  const pulls = branch === undefined ? [] : forge.store.pulls.by('head', `${repository.id}/${branch}`);
  const open = pulls.filter((pull) => pull.state === 'open' && pull.repositoryId === repository.id);
  return {
    ...at(ref, after),
    // GitHub does not look at path filters when a tag is pushed.
    ...(branch === undefined ? {} : { diff: { base: before, head: after } }),
    pullRequests: open.map((pull) => pull.number),
  };
}

function pullPlace(repository: Repository, pull: Pull): Place | undefined {
  const parts = { ...pullParts(repository, pull), headSha: pull.headSha };
  if (pull.merged && pull.mergeCommitSha !== null)
    return { ...at(`refs/heads/${pull.baseRef}`, pull.mergeCommitSha), ...parts };
  if (pull.mergeRefSha === null) return undefined;
  return { ...at(`refs/pull/${pull.number}/merge`, pull.mergeRefSha), ...parts };
}

function pullParts(
  repository: Repository,
  pull: Pull,
): Pick<Place, 'fromFork' | 'pullRequests'> & Required<Pick<Place, 'headRef' | 'baseRef' | 'diff'>> {
  return {
    headRef: pull.headRef,
    baseRef: pull.baseRef,
    diff: { base: pull.baseSha, head: pull.headSha },
    fromFork: pull.headRepositoryId !== repository.id,
    pullRequests: [pull.number],
  };
}

/** A deployment's ref is a branch, a tag or a SHA; `github.ref` is empty for a SHA. */
function wholeRef(forge: Forge, repository: Repository, ref: string): string {
  const names = ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  return names.find((name) => readRef(forge, repository.id, name) !== undefined) ?? '';
}

function readRef(forge: Forge, repositoryId: number, ref: string): string | undefined {
  return readRefIn(repositoryFolder(forge, repositoryId), ref);
}
