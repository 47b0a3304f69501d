import type { Forge } from '../forge.ts';
import { objectInfo } from '../git/object-reader.ts';
import { isSha, readRef } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import type { Repository, Ruleset } from '../rows.ts';
import { applicableRulesets, rulesetsOf } from './applicable-rulesets.ts';

/** A workflow file that a `workflows` rule names, in the repository that keeps it. */
export interface WorkflowPin {
  readonly path: string;
  readonly repositoryId: number;
  readonly ref: string | undefined;
  readonly sha: string | undefined;
}

export function readWorkflowPins(parameters: Readonly<Record<string, unknown>>): readonly WorkflowPin[] {
  const list: unknown = parameters['workflows'];
  return (Array.isArray(list) ? list : []).flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null || !('path' in one) || !('repository_id' in one)) return [];
    const ref = 'ref' in one && typeof one.ref === 'string' ? one.ref : undefined;
    const sha = 'sha' in one && typeof one.sha === 'string' ? one.sha : undefined;
    return [{ path: String(one.path), repositoryId: Number(one.repository_id), ref, sha }];
  });
}

/** The commit whose file counts: the one that is named, or where the ref (by default the default branch) is now. */
export function pinnedCommit(forge: Forge, pin: WorkflowPin): string | undefined {
  if (pin.sha !== undefined && isSha(pin.sha)) return pin.sha;
  const repository = forge.store.repositories.get(pin.repositoryId);
  if (repository === undefined) return undefined;
  const folder = repositoryFolder(forge, repository.id);
  const ref = pin.ref ?? repository.defaultBranch;
  const names = ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  return names.map((name) => readRef(folder, name)).find((sha) => sha !== undefined);
}

/** Workflows that the rules of a pull request's base want run, each with its commit. */
export function workflowsWanted(
  forge: Forge,
  repository: Repository,
  baseRef: string,
): readonly { readonly path: string; readonly sha: string; readonly repositoryId: number }[] {
  const rulesets = applicableRulesets(forge, repository, `refs/heads/${baseRef}`, ['active', 'evaluate']);
  const found = pinsOf(rulesets).flatMap(({ path, repositoryId, ...pin }) => {
    const sha = pinnedCommit(forge, { path, repositoryId, ...pin });
    return sha === undefined ? [] : [{ path, sha, repositoryId }];
  });
  return [...new Map(found.map((one) => [`${one.sha}:${one.path}`, one])).values()];
}

/** The repository that keeps a commit's workflow files: another one, where a rule of this one pins it there. */
export async function workflowSource(forge: Forge, repositoryId: number, sha: string): Promise<number> {
  const repository = forge.store.repositories.get(repositoryId);
  const elsewhere = pinsOf(repository === undefined ? [] : rulesetsOf(forge, repository))
    .map((pin) => pin.repositoryId)
    .filter((id) => id !== repositoryId && forge.store.repositories.get(id) !== undefined);
  const has = async (id: number): Promise<boolean> =>
    (await objectInfo(repositoryFolder(forge, id), sha)) !== undefined;
  if (elsewhere.length === 0 || (await has(repositoryId))) return repositoryId;
  for (const id of elsewhere) if (await has(id)) return id;
  return repositoryId;
}

function pinsOf(rulesets: readonly Ruleset[]): readonly WorkflowPin[] {
  return rulesets
    .flatMap((ruleset) => ruleset.rules)
    .filter((rule) => rule.type === 'workflows')
    .flatMap((rule) => readWorkflowPins(rule.parameters ?? {}));
}
