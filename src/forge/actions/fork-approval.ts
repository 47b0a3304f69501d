import type { WorkflowEvent } from '../../protocol/event.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type Identity } from '../http.ts';
import { requireAccount, roleAtLeast, roleOf } from '../permissions.ts';
import type { Pull, Repository, RunRow } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';

/** What becomes of a fork's runs: they start, wait for somebody who may write, or are never opened. */
export function forkVerdict(forge: Forge, event: WorkflowEvent): 'starts' | 'waits' | 'never' {
  const repository = forge.store.repositories.get(event.repository.id);
  if (!event.fromFork || event.name === 'pull_request_target' || repository === undefined) return 'starts';
  const pull = forge.store.pulls.by('number', `${repository.id}/${event.pullRequests[0] ?? 0}`)[0];
  if (pull === undefined || roleAtLeast(roleOf(forge, repository, pull.authorId), 'write')) return 'starts';
  if (repository.private) {
    const { run, approval } = forkSettings(forge, repository);
    return run ? (approval ? 'waits' : 'starts') : 'never';
  }
  return needsApproval(forge, repository, pull) ? 'waits' : 'starts';
}

/** Where nothing is set a lab runs them, with a reading token and no secrets; github.com does not. */
export function forkSettings(forge: Forge, repository: Repository) {
  const usual = { run: true, writeTokens: false, secrets: false, approval: false };
  const above = forge.store.accounts.get(repository.ownerId)?.actions?.forks;
  const settings = repository.actions?.forks ?? above ?? usual;
  // What an organisation has turned off no repository of it turns on.
  return { ...settings, run: settings.run && above?.run !== false };
}

function needsApproval(forge: Forge, repository: Repository, pull: Pull): boolean {
  const owner = forge.store.accounts.get(repository.ownerId);
  const policy = repository.actions?.forkApproval ?? owner?.actions?.forkApproval ?? 'first_time_contributors';
  if (policy === 'all_external_contributors') return true;
  const contributed = forge.store.pulls
    .by('repository', repository.id)
    .some((one) => one.merged && one.authorId === pull.authorId);
  if (policy === 'first_time_contributors') return !contributed;
  const anywhere = [...forge.store.pulls.values()].some((one) => one.merged && one.authorId === pull.authorId);
  return !anywhere;
}

/** Starts a fork's run that waits. @throws ApiError 403 where it does not */
export function approveRun(forge: Forge, identity: Identity, run: RunRow): void {
  const { store } = forge;
  requireAccount(identity);
  if (run.status !== 'completed' || run.conclusion !== 'action_required')
    throw new ApiError(403, words.runNotWaiting());
  store.transaction(() => {
    store.runs.put({ ...run, status: 'queued', conclusion: null, updatedAt: timestamp(forge) });
    store.outbox.put({
      id: store.next('outbox'),
      command: { kind: 'rerun', runId: run.id, jobs: 'all', debug: false },
    });
  });
}
