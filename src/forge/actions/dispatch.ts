import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { readRef, resolveCommit } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { ApiError, type Identity } from '../http.ts';
import type { Repository, WorkflowRow } from '../rows.ts';
import { words } from '../words.ts';
import { readDispatchInputs } from './dispatch-inputs.ts';
import { fileAt } from './source-files.ts';

type Json = Readonly<Record<string, unknown>>;

/** GitHub takes no more top-level keys of a client payload. */
const clientPayloadKeys = 10;

/** Starts a workflow by hand at a branch or tag; answers the id that its run will have. @throws ApiError 422 in GitHub's words */
export async function dispatchWorkflow(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  workflow: WorkflowRow,
  asked: { readonly ref: string; readonly inputs: Json },
): Promise<number> {
  if (workflow.state !== 'active') throw new ApiError(422, words.workflowDisabled());
  const folder = repositoryFolder(forge, repository.id);
  const names = asked.ref.startsWith('refs/') ? [asked.ref] : [`refs/heads/${asked.ref}`, `refs/tags/${asked.ref}`];
  const ref = names.find((name) => /^refs\/(heads|tags)\//.test(name) && readRef(folder, name) !== undefined);
  const sha = ref === undefined ? undefined : await resolveCommit(folder, ref);
  if (ref === undefined || sha === undefined) throw new ApiError(422, words.refNotFound(asked.ref));
  const text = await fileAt(forge, repository.id, sha, workflow.path);
  if (text === undefined) throw new ApiError(422, words.noDispatchTrigger());
  const inputs = readDispatchInputs(text, asked.inputs);
  return forge.store.transaction(() => {
    const runId = forge.store.next('runs');
    const what = { name: 'workflow_dispatch', ref, sha, workflow: workflow.path, inputs, runId } as const;
    raiseEvent(forge, { ...what, repository, identity });
    return runId;
  });
}

/** Raises a repository_dispatch. @throws ApiError 422 */
export function dispatchRepository(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  asked: { readonly eventType: string; readonly clientPayload: Json },
): void {
  const { eventType, clientPayload } = asked;
  if (eventType.length > 100)
    throw new ApiError(422, 'Invalid request.\n\nOnly 100 characters are allowed; more were supplied for event_type.');
  const keys = Object.keys(clientPayload).length;
  if (keys > clientPayloadKeys)
    throw new ApiError(
      422,
      `Invalid request.\n\nNo more than ${clientPayloadKeys} properties are allowed; ${keys} were supplied.`,
    );
  forge.store.transaction(() =>
    raiseEvent(forge, { name: 'repository_dispatch', repository, identity, eventType, clientPayload }),
  );
}
