import type { Forge } from '../forge.ts';
import { zeroSha } from '../git/refs.ts';
import type { Pull, RunRow } from '../rows.ts';
import { words } from '../words.ts';
import type { Judge } from './judge.ts';
import { readWorkflowPins, type WorkflowPin } from './required-workflows.ts';

/** `workflows`: each pinned file has run for the pull request's head, from where it is pinned, and passed. */
export const requiredWorkflows: Judge = ({ forge, question, parameters }) => {
  const { repository, before, after, via, pull } = question;
  if (after === zeroSha) return [];
  if (before === zeroSha && parameters['do_not_enforce_on_create'] === true) return [];
  const sha = via === 'merge' && pull !== undefined ? pull.headSha : after;
  return readWorkflowPins(parameters).flatMap((pin) => {
    const state = stateOf(forge, repository.id, sha, pin, pull);
    return state === 'passed' ? [] : [{ kind: 'checks' as const, message: words.workflow(pin.path, state) }];
  });
};

function stateOf(forge: Forge, repositoryId: number, sha: string, pin: WorkflowPin, pull: Pull | undefined): string {
  const run = forge.store.runs
    .by('headSha', `${repositoryId}/${sha}`)
    .findLast((one) => isRunOf(forge, one, pin) && (pull === undefined || one.pullRequests.includes(pull.number)));
  if (run === undefined) return 'expected';
  if (run.status !== 'completed') return run.status === 'in_progress' ? 'in progress' : 'queued';
  return ['success', 'neutral', 'skipped'].includes(run.conclusion ?? '') ? 'passed' : 'failing';
}

/** A file of the same path in the pull request itself is another workflow: it counts for nothing. */
function isRunOf(forge: Forge, run: RunRow, pin: WorkflowPin): boolean {
  const event = forge.store.events.get(run.eventId);
  if (event?.requiredFrom !== pin.repositoryId || run.path !== pin.path) return false;
  return pin.sha === undefined || event.workflowSha === pin.sha;
}
