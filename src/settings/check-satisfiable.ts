import { type EnvironmentsConfig, ownersOf, serviceNames } from '../config/config.ts';
import type { Problem } from '../errors.ts';
import type { Directory } from './names.ts';

/**
 * Environments nobody could approve: a reviewer may not approve what they started, and neither who asks for a change nor
 * who wrote it counts, so one person alone is nobody on the day that counts.
 */
export function checkSatisfiable(config: EnvironmentsConfig, directory: Directory): readonly Problem[] {
  return [...reviewers(config, directory), ...approvals(config, directory)];
}

function reviewers(config: EnvironmentsConfig, { teams }: Directory): readonly Problem[] {
  return config.environments.flatMap(({ name, reviewers: slugs = [] }): readonly Problem[] => {
    const known = slugs.map((slug) => teams.get(slug));
    // A team that is not there has been said already.
    if (slugs.length === 0 || known.includes(undefined)) return [];
    const people = new Set(known.flatMap((team) => team?.members ?? []));
    if (people.size > 1) return [];
    const [only] = people;
    return [
      {
        code: 'POLICY_REFUSED',
        message:
          only === undefined
            ? `environments.${name}.reviewers: expected people, found nobody in ${slugs.join(', ')}: no deploy could be approved`
            : `environments.${name}.reviewers: expected two people at least, found ${only} alone in ${slugs.join(', ')}: nobody could approve what ${only} starts`,
        hint: `add people to ${slugs.join(' or ')}, or name another team`,
      },
    ];
  });
}

/** Where a team is not found. */
export const renamedHint = 'the slug of a team changes with its name: github.com/orgs/<organisation>/teams shows it';

function approvals(config: EnvironmentsConfig, { teams, hidden }: Directory): readonly Problem[] {
  if (hidden !== undefined) return [];
  const found = new Map<string, Problem>();
  for (const { name, approve } of config.environments) {
    for (const [team, count] of Object.entries(approve)) {
      for (const service of team === 'owner' ? serviceNames(config) : ['']) {
        const slugs = team === 'owner' ? ownersOf(config, service) : [team];
        const people = new Set(slugs.flatMap((slug) => teams.get(slug)?.members ?? []));
        if (people.size >= count) continue;
        if (slugs.every((slug) => !teams.has(slug))) {
          found.set(`${name} ${slugs.join(' ')}`, {
            code: 'NOT_FOUND',
            message: `environments.${name}.approve: expected a team called "${slugs.join('" or "')}", found none`,
            hint: renamedHint,
          });
          continue;
        }
        found.set(`${name} ${slugs.join(' ')}`, {
          code: 'POLICY_REFUSED',
          message: `environments.${name}.approve: expected ${count} of ${slugs.join(' or ')}, found ${people.size} in it: nothing could ever be approved`,
          hint: `add people to ${slugs.join(' or ')}, or want fewer`,
        });
      }
    }
  }
  return [...found.values()];
}
