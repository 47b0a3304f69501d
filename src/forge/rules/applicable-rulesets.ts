import type { Forge } from '../forge.ts';
import { propertiesFit } from '../repository-properties.ts';
import type { Repository, Ruleset } from '../rows.ts';
import { fnmatch } from './fnmatch.ts';

type Enforcement = Ruleset['enforcement'];

/** Rulesets in force for a ref, its repository's and its organisation's, lowest id first. */
export function applicableRulesets(
  forge: Forge,
  repository: Repository,
  ref: string,
  enforcements: readonly Enforcement[] = ['active'],
): readonly Ruleset[] {
  return rulesetsOf(forge, repository).filter(
    (one) => enforcements.includes(one.enforcement) && targets(one, ref) && includes(one, repository, ref),
  );
}

/**
 * All rulesets of a repository, and those of its organisation. Push rulesets reach a repository's forks too
 * (docs.github.com, "About rulesets": they cover the whole fork network).
 */
export function rulesetsOf(forge: Forge, repository: Repository): readonly Ruleset[] {
  const own = rulesetsFrom(forge, repository);
  const parent = forge.store.repositories.get(repository.forkOf ?? 0);
  const network = parent === undefined ? [] : rulesetsOf(forge, parent).filter((one) => one.target === 'push');
  const all = new Map([...own, ...network].map((one) => [one.id, one]));
  return [...all.values()].sort((a, b) => a.id - b.id);
}

function rulesetsFrom(forge: Forge, repository: Repository): readonly Ruleset[] {
  const { rulesets } = forge.store;
  const all = [...rulesets.by('organization', repository.ownerId), ...rulesets.by('repository', repository.id)];
  return all.filter((one) => coversRepository(forge, one, repository));
}

/** Whether rules guard a branch: what `protected` of a branch and `github.ref_protected` say. */
export function isProtected(forge: Forge, repository: Repository, ref: string): boolean {
  return applicableRulesets(forge, repository, ref).some((one) => one.target !== 'push' && one.rules.length > 0);
}

function targets(ruleset: Ruleset, ref: string): boolean {
  if (ruleset.target === 'push') return true;
  return ref.startsWith(ruleset.target === 'tag' ? 'refs/tags/' : 'refs/heads/');
}

function includes(ruleset: Ruleset, repository: Repository, ref: string): boolean {
  if (ruleset.target === 'push') return true;
  const names = ruleset.conditions.ref_name;
  const matches = (pattern: string): boolean => {
    if (pattern === '~ALL') return true;
    if (pattern === '~DEFAULT_BRANCH') return ref === `refs/heads/${repository.defaultBranch}`;
    return fnmatch(pattern.startsWith('refs/') ? pattern : `${prefixOf(ruleset)}${pattern}`, ref);
  };
  if (names === undefined) return true;
  return names.include.some(matches) && !names.exclude.some(matches);
}

function prefixOf(ruleset: Ruleset): string {
  return ruleset.target === 'tag' ? 'refs/tags/' : 'refs/heads/';
}

/** An organisation's ruleset may name the repositories it means. */
function coversRepository(forge: Forge, ruleset: Ruleset, repository: Repository): boolean {
  if (ruleset.sourceType === 'Repository') return true;
  const { repository_name: names, repository_id: ids, repository_property: properties } = ruleset.conditions;
  if (properties !== undefined && !propertiesFit(forge, repository, properties)) return false;
  if (ids !== undefined && !ids.repository_ids.includes(repository.id)) return false;
  if (names === undefined) return true;
  const matches = (pattern: string): boolean => pattern === '~ALL' || fnmatch(pattern, repository.name);
  return names.include.some(matches) && !names.exclude.some(matches);
}
