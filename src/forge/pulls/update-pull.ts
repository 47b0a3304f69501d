import { actorOf } from '../actor.ts';
import { validationFailed } from '../body.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { readRef } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import type { ApiError, Identity } from '../http.ts';
import { requireAccount, requirePermission } from '../permissions.ts';
import type { Pull } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { mayKeepArmed } from './after-move.ts';
import { closeRow } from './close-row.ts';
import { repositoryOf } from './find-pull.ts';
import { requestOwners } from './request-owners.ts';
import { settlePull } from './settle-pull.ts';

export interface PullChange {
  readonly title?: string | undefined;
  readonly body?: string | undefined;
  readonly base?: string | undefined;
  readonly state?: 'open' | 'closed' | undefined;
  readonly maintainerCanModify?: boolean | undefined;
}

/** Changes title, body, base or state. @throws ApiError 403, 422 */
export async function updatePull(forge: Forge, identity: Identity, pull: Pull, change: PullChange): Promise<Pull> {
  const repository = repositoryOf(forge, pull);
  requireEditor(forge, identity, pull);
  if (change.state === 'open' && pull.state === 'closed') checkReopening(forge, pull);
  const newBase = change.base === undefined || change.base === pull.baseRef ? undefined : change.base;
  const baseSha =
    newBase === undefined ? undefined : readRef(repositoryFolder(forge, repository.id), `refs/heads/${newBase}`);
  if (newBase !== undefined && baseSha === undefined) {
    throw validationFailed({ resource: 'PullRequest', field: 'base', code: 'invalid' });
  }
  // While it is open: workflows hear of a push with the merge that is made of it.
  if (change.state === 'closed') await settlePull(forge, pull.id);
  forge.store.transaction(() => {
    const current = forge.store.pulls.get(pull.id) ?? pull;
    const actor = actorOf(identity, pull.authorId);
    const edited: Pull = {
      ...current,
      title: change.title ?? current.title,
      body: change.body ?? current.body,
      ...(change.maintainerCanModify === undefined || current.maintainerCanModify === undefined
        ? {}
        : { maintainerCanModify: change.maintainerCanModify }),
      ...(change.body === undefined || change.body === (current.body ?? '')
        ? {}
        : { editorId: requireAccount(identity).id }),
      ...(newBase === undefined || baseSha === undefined
        ? {}
        : {
            baseRef: newBase,
            baseSha,
            autoMerge: mayKeepArmed(forge, current, actor) ? current.autoMerge : null,
            owed: { ...current.owed, actor },
          }),
      updatedAt: timestamp(forge),
    };
    forge.store.pulls.put(edited);
    const changes = {
      ...(edited.title === current.title ? {} : { title: { from: current.title } }),
      ...(edited.body === current.body ? {} : { body: { from: current.body ?? '' } }),
      ...(newBase === undefined ? {} : { base: { ref: { from: current.baseRef }, sha: { from: current.baseSha } } }),
    };
    if (Object.keys(changes).length > 0) {
      raiseEvent(forge, { name: 'pull_request', action: 'edited', repository, identity, pull: edited, changes });
    }
    if (change.state === 'closed' && current.state === 'open') closeRow(forge, edited, identity);
    if (change.state === 'open' && current.state === 'closed') {
      const folder = repositoryFolder(forge, edited.headRepositoryId);
      const headSha = readRef(folder, `refs/heads/${edited.headRef}`) ?? edited.headSha;
      forge.store.pulls.put({ ...edited, state: 'open', closedAt: null, headSha, owed: { action: 'reopened', actor } });
    }
  });
  const settled = await settlePull(forge, pull.id);
  return settled ?? pull;
}

/** Marks a draft ready, or the other way round. */
export async function setDraft(forge: Forge, identity: Identity, pull: Pull, draft: boolean): Promise<Pull> {
  requireEditor(forge, identity, pull);
  if (pull.draft === draft) return pull;
  const action = draft ? 'converted_to_draft' : 'ready_for_review';
  const changed: Pull = { ...pull, draft, updatedAt: timestamp(forge), autoMerge: draft ? null : pull.autoMerge };
  forge.store.transaction(() => {
    forge.store.pulls.put(changed);
    raiseEvent(forge, { name: 'pull_request', action, repository: repositoryOf(forge, pull), identity, pull: changed });
  });
  await requestOwners(forge, identity, pull.id);
  return forge.store.pulls.get(pull.id) ?? changed;
}

/** Authors may edit what is theirs; everybody else needs to write. */
function requireEditor(forge: Forge, identity: Identity, pull: Pull): void {
  const repository = repositoryOf(forge, pull);
  const own = requireAccount(identity).id === pull.authorId;
  requirePermission(forge, identity, repository, 'pull_requests', 'write', own ? 'read' : 'write');
}

function checkReopening(forge: Forge, pull: Pull): void {
  const cannot = (message: string): ApiError =>
    validationFailed({ resource: 'PullRequest', field: 'state', code: 'invalid', message });
  if (pull.merged) throw cannot(words.cannotReopen());
  const head = readRef(repositoryFolder(forge, pull.headRepositoryId), `refs/heads/${pull.headRef}`);
  if (head === undefined) throw cannot(`state cannot be changed. The ${pull.headRef} branch has been deleted.`);
  if (readRef(repositoryFolder(forge, pull.repositoryId), `refs/heads/${pull.baseRef}`) === undefined)
    throw cannot(`state cannot be changed. The ${pull.baseRef} branch has been deleted.`);
  const other = forge.store.pulls
    .by('head', `${pull.headRepositoryId}/${pull.headRef}`)
    .find((one) => one.state === 'open' && one.baseRef === pull.baseRef && one.repositoryId === pull.repositoryId);
  if (other !== undefined) {
    throw cannot(
      `state cannot be changed. There is already an open pull request (#${other.number}) from ${pull.headRef}.`,
    );
  }
}
