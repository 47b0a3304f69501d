import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { nodeId } from '../node-id.ts';
import { hasPermission } from '../permissions.ts';
import type { Repository, Ruleset } from '../rows.ts';
import { roleIds } from '../rules/bypass.ts';
import { words } from '../words.ts';
import { githubError } from './graphql-error.ts';
import { type Args, connection, node } from './node.ts';

/**
 * Who may pass a ruleset by; null for those who may not change it, as REST leaves the field out. Apps are not told who
 * an actor is, whatever they may do.
 */
export function bypassActorNodes(
  forge: Forge,
  identity: Identity,
  { repository, ruleset }: { readonly repository: Repository; readonly ruleset: Ruleset },
  args: Args,
) {
  if (!hasPermission(forge, identity, repository, 'administration', 'write')) return null;
  const actors = ruleset.bypassActors.map((one, index) => {
    const role = one.actor_type === 'RepositoryRole' ? one.actor_id : null;
    return {
      id: nodeId('Ruleset', `${ruleset.id}-bypass-${index}`),
      // The schema has no word for `exempt`.
      bypassMode: one.bypass_mode === 'exempt' ? null : one.bypass_mode.toUpperCase(),
      deployKey: one.actor_type === 'DeployKey',
      enterpriseOwner: false,
      organizationAdmin: one.actor_type === 'OrganizationAdmin',
      repositoryRoleDatabaseId: role,
      repositoryRoleName: role === null ? null : (roleIds[role] ?? null),
      actor: () => {
        if (identity.kind !== 'user') throw githubError('FORBIDDEN', words.byIntegration());
        const app = one.actor_type === 'Integration' ? forge.store.apps.get(one.actor_id ?? 0) : undefined;
        const team = one.actor_type === 'Team' ? forge.store.teams.get(one.actor_id ?? 0) : undefined;
        if (app !== undefined) return node('App', app);
        return team === undefined ? null : node('Team', team);
      },
    };
  });
  return connection(args, actors);
}
