import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import type { Repository, Ruleset } from '../rows.ts';
import { rulesetsOf } from '../rules/applicable-rulesets.ts';
import { actorNode } from './actor.ts';
import { type Args, connection, node } from './node.ts';

/** A repository's rulesets, its organisation's among them unless they are left out. */
export function rulesetNodes(forge: Forge, repository: Repository, args: Args) {
  const found = rulesetsOf(forge, repository).filter(
    (one) => args['includeParents'] !== false || one.sourceType === 'Repository',
  );
  return connection(
    args,
    found.map((one) => rulesetNode(forge, repository, one)),
  );
}

function rulesetNode(forge: Forge, repository: Repository, ruleset: Ruleset) {
  return {
    id: nodeId('Ruleset', ruleset.id),
    databaseId: ruleset.id,
    name: ruleset.name,
    target: ruleset.target.toUpperCase(),
    enforcement: ruleset.enforcement.toUpperCase(),
    createdAt: ruleset.createdAt,
    updatedAt: ruleset.updatedAt,
    source: ruleset.sourceType === 'Repository' ? node('Repository', repository) : actorNode(forge, ruleset.sourceId),
    rules: (args: Args) =>
      connection(
        args,
        ruleset.rules.map(({ type }) => ({ type: type.toUpperCase() })),
      ),
  };
}
