import { type Access, type Permissions, permissionScopes } from '../model/job-permissions.ts';
import type { Job, Workflow } from './model.ts';

/**
 * What a job's token may do, as far as the file says: the job's own `permissions`, else the workflow's, never more than
 * the calling job has. Undefined where nobody says: the repository's default counts.
 */
export function effectivePermissions(
  workflow: Pick<Workflow, 'permissions'>,
  job: Pick<Job, 'permissions'>,
  caller?: Permissions,
): Permissions | undefined {
  const asked = job.permissions ?? workflow.permissions;
  if (caller === undefined || asked === undefined) return asked ?? caller;
  return Object.fromEntries(
    Object.entries(asked).map(([scope, access]) => [
      scope,
      exceeds(access, caller[scope]) ? (caller[scope] ?? 'none') : access,
    ]),
  );
}

/** The scopes for which more is asked than allowed, each as GitHub writes it: `contents: write`. */
export function permissionViolations(
  asked: Permissions,
  allowed: Permissions,
): { readonly asked: readonly string[]; readonly allowed: readonly string[] } {
  const scopes = permissionScopes.filter((scope) => exceeds(asked[scope], allowed[scope]));
  return {
    asked: scopes.map((scope) => `${scope}: ${asked[scope] ?? 'none'}`),
    allowed: scopes.map((scope) => `${scope}: ${allowed[scope] ?? 'none'}`),
  };
}

const rank: Readonly<Record<Access, number>> = { none: 0, read: 1, write: 2 };

function exceeds(asked: Access = 'none', allowed: Access = 'none'): boolean {
  return rank[asked] > rank[allowed];
}
