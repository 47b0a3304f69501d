import type { Forge } from './forge.ts';
import { isTeamMember } from './permissions.ts';
import type { Account, Role } from './rows.ts';

export interface OrgRole {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  /** What it gives in every repository. */
  readonly baseRole: Role | null;
}

/** Roles that every organisation has (docs.github.com, "Permissions of pre-defined organization roles"). */
export const orgRoles: readonly OrgRole[] = [
  { id: 8132, name: 'all_repo_read', description: 'Grants read access to all repositories.', baseRole: 'read' },
  { id: 8133, name: 'all_repo_triage', description: 'Grants triage access to all repositories.', baseRole: 'triage' },
  { id: 8134, name: 'all_repo_write', description: 'Grants write access to all repositories.', baseRole: 'write' },
  {
    id: 8135,
    name: 'all_repo_maintain',
    description: 'Grants maintain access to all repositories.',
    baseRole: 'maintain',
  },
  { id: 8136, name: 'all_repo_admin', description: 'Grants admin access to all repositories.', baseRole: 'admin' },
  { id: 138, name: 'security_manager', description: 'Grants read access to all repositories.', baseRole: 'read' },
];

/** What somebody's roles in an organisation give in each of its repositories. */
export function roleByOrganization(forge: Forge, organization: Account, accountId: number): readonly Role[] {
  return (organization.roleAssignments ?? []).flatMap((one) => {
    const has = one.accountId === accountId || (one.teamId !== undefined && isTeamMember(forge, one.teamId, accountId));
    const role = has ? orgRoles.find(({ id }) => id === one.roleId)?.baseRole : undefined;
    return role === undefined || role === null ? [] : [role];
  });
}
