import { type EnvironmentsConfig, ownersOf, serviceNames } from '../../config/config.ts';
import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import { statusOf } from '../../github/client.ts';
import { everyPage } from '../find-pulls.ts';
import { type Finding, ok, unknown, weak } from './finding.ts';

/** Members by team; undefined for a team that cannot be read. A team that is not there has none. */
export type Teams = ReadonlyMap<string, readonly string[] | undefined>;

export async function readTeamMembers(github: GitHub, org: string, slugs: readonly string[]): Promise<Teams> {
  const found = new Map<string, readonly string[] | undefined>();
  for (const team_slug of slugs) {
    try {
      const members = await everyPage((page) =>
        github.request('GET /orgs/{org}/teams/{team_slug}/members', { org, team_slug, per_page: 100, page }),
      );
      found.set(
        team_slug,
        members.map((one) => one.login),
      );
    } catch (error) {
      if (!(error instanceof TrunklineError)) throw error;
      found.set(team_slug, statusOf(error) === 404 ? [] : undefined);
    }
  }
  return found;
}

/**
 * Whether approvals can be given at all. Whoever asks for a change, or wrote it, does not count: a team that has no more
 * members than approvals are wanted of it cannot approve what one of its own asks for.
 */
export function checkApprovals(config: EnvironmentsConfig, teams: Teams): readonly Finding[] {
  const findings = new Map<string, Finding>();
  for (const { name, approve } of config.environments) {
    for (const [team, count] of Object.entries(approve)) {
      const services = team === 'owner' ? serviceNames(config) : ['*'];
      for (const service of services) {
        const slugs = team === 'owner' ? ownersOf(config, service) : [team];
        const key = `${name} ${slugs.join(' or ')}`;
        if (!findings.has(key)) findings.set(key, finding(key, count, slugs, teams));
      }
    }
  }
  return [...findings.values()];
}

function finding(subject: string, count: number, slugs: readonly string[], teams: Teams): Finding {
  const id = 'approvals';
  if (slugs.some((slug) => teams.get(slug) === undefined))
    return unknown(
      id,
      subject,
      `who is in ${slugs.join(', ')} cannot be read`,
      'give the credential members: read in the organisation',
    );
  const members = new Set(slugs.flatMap((slug) => teams.get(slug) ?? []));
  const wanted = `${count} of ${members.size} ${members.size === 1 ? 'member' : 'members'}`;
  if (members.size === 0)
    return weak(
      id,
      subject,
      'nobody is in the team: nothing can ever be approved',
      `add people to ${slugs.join(' or ')}, or correct its name`,
    );
  if (members.size < count)
    return weak(
      id,
      subject,
      `${wanted} wanted: nothing can ever be approved`,
      `add people to ${slugs.join(' or ')}, or want fewer`,
    );
  if (members.size === count)
    return weak(
      id,
      subject,
      `${wanted} wanted: what one of them asks for or writes can never be approved`,
      `add one more to ${slugs.join(' or ')}, or want fewer`,
    );
  return ok(id, subject, `${wanted} wanted, whoever asks`);
}
