import type { GitHub } from '../../github/client.ts';
import type { ActualRuleset } from '../../settings/actual.ts';
import { rulesetPrefix } from '../../settings/compare-rulesets.ts';
import type { BypassActor, Rule } from '../../settings/rule.ts';
import { type Seen, seen, unseen } from '../../settings/seen.ts';
import { type Read, reading } from '../doctor/finding.ts';
import type { RuleNode, RulesetNode } from './overview-query.ts';

interface RestRuleset {
  readonly rules?: readonly Rule[];
  readonly bypass_actors?: readonly BypassActor[];
}

const hidden = 'GitHub shows who may pass by only to who may write rulesets: administration: write';

/**
 * Rulesets of an overview with who passes them by. GraphQL tells Apps only how many those are, and who may not know it
 * none: of ours, those that somebody passes by are read alone, and one in any case, whose answer says whether the
 * numbers are to be believed. `whole`: names of those that must be read with every parameter.
 */
export async function readRulesets(
  github: GitHub,
  repository: string,
  nodes: readonly RulesetNode[],
  whole: (name: string) => boolean,
): Promise<readonly ActualRuleset[]> {
  const own = nodes.filter((one) => one.name.startsWith(rulesetPrefix));
  const passed = own.filter((one) => (one.bypassActors?.totalCount ?? 0) > 0 || whole(one.name));
  const alone = passed.length > 0 ? passed : own.slice(0, 1);
  const read = new Map<number, Read<RestRuleset>>();
  for (const { databaseId } of alone) read.set(databaseId, await readAlone(github, repository, databaseId));
  const believed = [...read.values()].some((one) => 'value' in one && one.value.bypass_actors !== undefined);
  return nodes.map((node) => toRuleset(node, read.get(node.databaseId), believed));
}

function readAlone(github: GitHub, repository: string, ruleset_id: number): Promise<Read<RestRuleset>> {
  const [owner = '', repo = ''] = repository.split('/');
  return reading(
    async () =>
      (await github.request('GET /repos/{owner}/{repo}/rulesets/{ruleset_id}', { owner, repo, ruleset_id }))
        .data as RestRuleset,
  );
}

function toRuleset(node: RulesetNode, read: Read<RestRuleset> | undefined, believed: boolean): ActualRuleset {
  const rest = read !== undefined && 'value' in read ? read.value : undefined;
  return {
    id: node.databaseId,
    name: node.name,
    target: node.target.toLowerCase(),
    enforcement: node.enforcement.toLowerCase(),
    include: node.conditions.refName?.include ?? [],
    exclude: node.conditions.refName?.exclude ?? [],
    rules: rest?.rules ?? node.rules.nodes.map(toRule),
    bypass: bypassOf(node, rest, believed),
    whole: rest?.rules !== undefined,
  };
}

function bypassOf(node: RulesetNode, rest: RestRuleset | undefined, believed: boolean): Seen<readonly BypassActor[]> {
  if (rest?.bypass_actors !== undefined)
    return seen(
      rest.bypass_actors.map(({ actor_type, actor_id, bypass_mode }) => ({ actor_type, actor_id, bypass_mode })),
    );
  return believed && node.bypassActors?.totalCount === 0 ? seen([]) : unseen(hidden);
}

/** GraphQL's names in REST's form; what is null was not set. */
function toRule({ type, parameters }: RuleNode): Rule {
  const { __typename, ...rest } = parameters ?? {};
  const fields = snake(rest) as Readonly<Record<string, unknown>>;
  const name = type.toLowerCase();
  return Object.keys(fields).length === 0 ? { type: name } : { type: name, parameters: fields };
}

function snake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snake);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(
    entries.map(([key, one]) => [key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), snake(one)]),
  );
}
