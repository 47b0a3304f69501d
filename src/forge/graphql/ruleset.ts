import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { nodeId } from '../node-id.ts';
import type { Repository, Ruleset } from '../rows.ts';
import { rulesetsOf } from '../rules/applicable-rulesets.ts';
import { actorNode } from './actor.ts';
import { bypassActorNodes } from './bypass-actors.ts';
import { texts } from './filter-rows.ts';
import { type Args, connection, node } from './node.ts';
import { ruleParameters } from './rule-parameters.ts';

/** A repository's rulesets, its organisation's among them unless they are left out. */
export function rulesetNodes(forge: Forge, identity: Identity, repository: Repository, args: Args) {
  const targets = texts(args['targets']);
  const parents = args['includeParents'] !== false;
  const found = rulesetsOf(forge, repository)
    .filter((one) => parents || one.sourceType === 'Repository')
    .filter((one) => targets === undefined || targets.includes(one.target.toUpperCase()));
  return connection(
    args,
    found.map((one) => rulesetNode(forge, identity, repository, one)),
  );
}

function rulesetNode(forge: Forge, identity: Identity, repository: Repository, ruleset: Ruleset) {
  const { ref_name: refName, repository_name: repositoryName, repository_id: repositoryId } = ruleset.conditions;
  return {
    id: nodeId('Ruleset', ruleset.id),
    databaseId: ruleset.id,
    name: ruleset.name,
    target: ruleset.target.toUpperCase(),
    enforcement: ruleset.enforcement.toUpperCase(),
    createdAt: ruleset.createdAt,
    updatedAt: ruleset.updatedAt,
    source: ruleset.sourceType === 'Repository' ? node('Repository', repository) : actorNode(forge, ruleset.sourceId),
    conditions: {
      refName: refName ?? null,
      repositoryName: repositoryName === undefined ? null : { protected: false, ...repositoryName },
      repositoryId:
        repositoryId === undefined
          ? null
          : { repositoryIds: repositoryId.repository_ids.map((id) => nodeId('Repository', id)) },
      repositoryProperty: null,
    },
    bypassActors: (args: Args) => bypassActorNodes(forge, identity, { repository, ruleset }, args),
    rules: (args: Args) =>
      connection(
        args,
        ruleset.rules.map((rule, index) => ({
          id: nodeId('Ruleset', `${ruleset.id}-rule-${index}`),
          type: rule.type.toUpperCase(),
          parameters: ruleParameters(rule),
        })),
      ),
  };
}
