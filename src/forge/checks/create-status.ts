import { validationFailed } from '../body.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type Identity } from '../http.ts';
import { requireAccount, requirePermission } from '../permissions.ts';
import type { CommitStatus, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';

/** GitHub keeps so many statuses of one context on one commit and then refuses. */
const most = 1000;

export interface NewStatus {
  readonly sha: string;
  readonly state: CommitStatus['state'];
  readonly context: string;
  readonly description?: string | undefined;
  readonly targetUrl?: string | undefined;
}

/** Sets a status, as the App that the identity speaks for, if any. @throws ApiError 403, 422 */
export function createStatus(forge: Forge, identity: Identity, repository: Repository, input: NewStatus): CommitStatus {
  const account = requireAccount(identity);
  requirePermission(forge, identity, repository, 'statuses', 'write');
  const earlier = forge.store.statuses.by('commit', `${repository.id}/${input.sha}`);
  if (earlier.filter((one) => one.context === input.context).length >= most) {
    const message = words.statusesFull();
    throw new ApiError(422, 'Validation Failed', { errors: [{ resource: 'Status', code: 'custom', message }] });
  }
  if ((input.description ?? '').length > 140) {
    const message = words.descriptionTooLong();
    throw validationFailed({ resource: 'Status', code: 'custom', field: 'description', message });
  }
  return forge.store.transaction(() => {
    const status: CommitStatus = {
      id: forge.store.next('statuses'),
      repositoryId: repository.id,
      sha: input.sha,
      context: input.context,
      state: input.state,
      description: input.description ?? null,
      targetUrl: input.targetUrl ?? null,
      creatorId: account.id,
      appId: identity.appId ?? null,
      createdAt: timestamp(forge),
    };
    forge.store.statuses.put(status);
    raiseEvent(forge, { name: 'status', repository, identity, status });
    return status;
  });
}
