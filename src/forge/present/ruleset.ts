import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { Repository, Ruleset } from '../rows.ts';
import { bypassOf } from '../rules/bypass.ts';

/** A ruleset; `whole` with its conditions, rules and (for who may administer) its bypass actors. */
export function presentRuleset(
  forge: Forge,
  ruleset: Ruleset,
  options: { whole: boolean; bypass: boolean; repository?: Repository; identity?: Identity },
) {
  const source = sourceName(forge, ruleset);
  const repository = ruleset.sourceType === 'Repository';
  const path = repository ? `repos/${source}` : `orgs/${source}`;
  const page = repository ? `${source}/rules` : `organizations/${source}/settings/rules`;
  const bypass =
    options.repository === undefined || options.identity === undefined
      ? undefined
      : bypassOf(forge, ruleset, options.identity, options.repository);
  return {
    id: ruleset.id,
    name: ruleset.name,
    target: ruleset.target,
    source_type: ruleset.sourceType,
    source,
    enforcement: ruleset.enforcement,
    ...(options.whole
      ? {
          conditions: ruleset.conditions,
          rules: ruleset.rules,
          ...(options.bypass ? { bypass_actors: ruleset.bypassActors } : {}),
          current_user_can_bypass: bypass === 'pull_request' ? 'pull_requests_only' : (bypass ?? 'never'),
        }
      : {}),
    node_id: nodeId('Ruleset', ruleset.id),
    _links: {
      self: { href: `${forge.urls.api}/${path}/rulesets/${ruleset.id}` },
      html: { href: `${forge.urls.html}/${page}/${ruleset.id}` },
    },
    created_at: ruleset.createdAt,
    updated_at: ruleset.updatedAt,
  };
}

export function sourceName(forge: Forge, ruleset: Ruleset): string {
  if (ruleset.sourceType === 'Organization') return forge.store.accounts.get(ruleset.sourceId)?.login ?? '';
  const repository = forge.store.repositories.get(ruleset.sourceId);
  return repository === undefined ? '' : fullNameOf(forge, repository);
}
