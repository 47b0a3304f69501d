import { latestCheckRuns, latestStatuses } from '../checks/latest-checks.ts';
import type { Forge } from '../forge.ts';
import { readRef } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import type { Pull } from '../rows.ts';
import { tryAutoMerge } from './auto-merge.ts';
import { deleteOwedHead } from './delete-head.ts';
import { reachedPulls, settlePull } from './settle-pull.ts';

export interface AutoMergeLoop {
  /** Says that checks of a commit changed. */
  readonly wake: (repositoryId: number, sha: string) => void;
  /** Resolves once everything that was owed is done. */
  idle(): Promise<void>;
  /** Resolves once nothing is under way. */
  stop(): Promise<void>;
}

/** Changes elsewhere may let an armed pull request merge, or owe one something. */
const watched = [
  'pulls',
  'reviews',
  'statuses',
  'checkRuns',
  'rulesets',
  'repositories',
  'deploymentStatuses',
  'teams',
] as const;

/** Brings pull requests up to date after each change, and merges armed ones that may be, until stopped. */
export function startAutoMerge(forge: Forge, log: (text: string) => void): AutoMergeLoop {
  /** What an armed pull request was last judged by: nothing is judged twice by the same facts. */
  const judged = new Map<number, string>();
  /** Tips whose pull requests were looked through for a head that arrived by push. */
  const looked = new Map<string, string>();
  let dirty = true;
  let stopped = false;
  let running: Promise<void> | undefined;

  const round = async (): Promise<void> => {
    for (const pull of [...forge.store.pulls.values()]) {
      if (stopped || (pull.state !== 'open' && pull.headToDelete === undefined)) continue;
      try {
        if (pull.headToDelete !== undefined) await deleteOwedHead(forge, pull.id);
        else await attend(forge, pull.id, judged, looked);
      } catch (error) {
        log(`pull request ${pull.id} could not be brought up to date: ${String(error)}`);
      }
    }
  };
  const run = async (): Promise<void> => {
    while (dirty && !stopped) {
      dirty = false;
      await round();
    }
    running = undefined;
  };
  const start = (): void => {
    dirty = true;
    if (!stopped) running ??= Promise.resolve().then(run);
  };
  const unwatch = forge.store.watch((touched) => {
    if (watched.some((name) => touched.has(name))) start();
  });
  start();
  return {
    wake: start,
    idle: async () => {
      while (running !== undefined) await running;
    },
    stop: async () => {
      stopped = true;
      unwatch();
      await running;
    },
  };
}

async function attend(
  forge: Forge,
  id: number,
  judged: Map<number, string>,
  looked: Map<string, string>,
): Promise<void> {
  const pull = forge.store.pulls.get(id);
  if (pull === undefined || pull.state !== 'open') return;
  if (pull.owed?.action !== undefined) await settlePull(forge, id);
  else if (pull.owed !== undefined) await lookForReached(forge, pull, looked);
  const current = forge.store.pulls.get(id);
  if (current?.autoMerge == null || current.state !== 'open') return;
  const facts = factsOf(forge, current);
  if (judged.get(id) === facts) return;
  judged.set(id, facts);
  await tryAutoMerge(forge, current);
}

/** A base that moved may hold heads now; merge refs wait until somebody asks. */
async function lookForReached(forge: Forge, pull: Pull, looked: Map<string, string>): Promise<void> {
  const tip = readRef(repositoryFolder(forge, pull.repositoryId), `refs/heads/${pull.baseRef}`);
  const key = `${pull.repositoryId}/${pull.baseRef}`;
  if (tip === undefined || looked.get(key) === tip) return;
  looked.set(key, tip);
  for (const number of await reachedPulls(forge, pull.repositoryId, tip)) {
    const reached = forge.store.pulls.by('number', `${pull.repositoryId}/${number}`)[0];
    if (reached?.state === 'open' && reached.baseRef === pull.baseRef) await settlePull(forge, reached.id);
  }
}

function factsOf(forge: Forge, pull: Pull): string {
  const { store } = forge;
  const repository = store.repositories.get(pull.repositoryId);
  return JSON.stringify([
    [pull.headSha, pull.baseSha, pull.baseRef, pull.draft, pull.autoMerge],
    latestStatuses(forge, pull.repositoryId, pull.headSha).map((one) => [one.context, one.state, one.appId]),
    latestCheckRuns(forge, pull.repositoryId, pull.headSha).map((one) => [one.id, one.status, one.conclusion]),
    store.reviews.by('pull', pull.id).map((one) => [one.id, one.state]),
    store.rulesets.by('repository', pull.repositoryId),
    store.rulesets.by('organization', repository?.ownerId ?? 0),
    [repository?.allowAutoMerge, repository?.allowMergeCommit, repository?.allowSquashMerge, repository?.collaborators],
    store.teams.by('organization', repository?.ownerId ?? 0),
    store.deployments
      .by('repository', pull.repositoryId)
      .filter((one) => one.sha === pull.headSha)
      .map((one) => [one.id, store.deploymentStatuses.by('deployment', one.id).map((status) => status.state)]),
  ]);
}
