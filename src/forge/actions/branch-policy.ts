import type { Forge } from '../forge.ts';
import type { EnvironmentRow, Repository } from '../rows.ts';
import { isProtected } from '../rules/applicable-rulesets.ts';
import { fnmatch } from '../rules/fnmatch.ts';

/**
 * Why an environment lets no job of this ref in, in GitHub's words; undefined when it does. For pull requests the ref
 * is `refs/pull/N/merge`, which a policy must name to let them in.
 */
export function refusedByBranchPolicy(
  forge: Forge,
  repository: Repository,
  environment: EnvironmentRow,
  ref: string,
): string | undefined {
  if (environment.branchPolicy === null) return undefined;
  const tag = ref.startsWith('refs/tags/');
  const name = ref.replace(/^refs\/(heads|tags|pull)\//, (_, kind: string) => (kind === 'pull' ? 'refs/pull/' : ''));
  const allowed =
    environment.branchPolicy === 'protected'
      ? ref.startsWith('refs/heads/') && isProtected(forge, repository, ref)
      : environment.branchPolicies.some((policy) => (policy.type === 'tag') === tag && fnmatch(policy.name, name));
  if (allowed) return undefined;
  return `${tag ? 'Tag' : 'Branch'} "${name}" is not allowed to deploy to ${environment.name} due to environment protection rules.`;
}
