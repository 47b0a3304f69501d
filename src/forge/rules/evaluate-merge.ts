import type { Forge } from '../forge.ts';
import { readRef, zeroSha } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import type { Identity } from '../http.ts';
import type { MergeMethod, Pull } from '../rows.ts';
import { evaluateRefUpdate, type Verdict } from './evaluate-ref-update.ts';

/**
 * What the rules of a pull request's base branch say to its merge by this identity; without a method, to any method.
 * Kinds of violations tell blocked from merely behind. Auto-merge must not use what is `bypassed`.
 */
export async function evaluateMerge(
  forge: Forge,
  pull: Pull,
  identity: Identity,
  method?: MergeMethod,
): Promise<Verdict> {
  const repository = forge.store.repositories.get(pull.repositoryId);
  if (repository === undefined) return { violations: [], bypassed: [], evaluations: [] };
  const ref = `refs/heads/${pull.baseRef}`;
  const before = readRef(repositoryFolder(forge, repository.id), ref) ?? zeroSha;
  return evaluateRefUpdate(forge, {
    repository,
    identity,
    ref,
    before,
    after: pull.headSha,
    via: 'merge',
    pull,
    ...(method === undefined ? {} : { method }),
  });
}
