import { teamsNamed } from '../../delivery/policy/judge.ts';
import type { GitHub } from '../../github/client.ts';
import type { Infra } from '../see/open-infra.ts';
import type { Snapshot } from '../see/snapshot.ts';
import { checkApprovals, readTeamMembers } from './check-approvals.ts';
import { checkEnvironments } from './check-environments.ts';
import { checkManifests } from './check-manifests.ts';
import { checkRepository, signing } from './check-repository.ts';
import { checkRules } from './check-rules.ts';
import { checkSettings } from './check-settings.ts';
import { checkToken } from './check-token.ts';
import { type Finding, unknown } from './finding.ts';

/** Looks at everything that delivery stands on; without GitHub at what the repository itself tells. */
export async function examine(
  github: GitHub | undefined,
  infra: Infra,
  snapshot: Snapshot,
  facts: { readonly job: boolean },
): Promise<readonly Finding[]> {
  const { config, layout } = snapshot;
  const local = checkManifests(snapshot);
  const { repository } = infra;
  if (github === undefined || repository === undefined) {
    const mend = 'set GITHUB_TOKEN, or TRUNKLINE_APP_ID and TRUNKLINE_APP_KEY';
    const subjects = ['credential', 'rules', 'environments', 'approvals', 'plan'];
    return [
      ...subjects.map((one) => unknown(one === 'credential' ? 'token.kind' : one, one, 'GitHub was not asked', mend)),
      ...(config?.accept ?? []).map(signing),
      ...local,
    ];
  }
  const [org = ''] = repository.split('/');
  const teams = config === undefined ? [] : teamsNamed({ config });
  const [token, own, rules, environments, members, settings] = await Promise.all([
    checkToken(github, repository, { job: facts.job, org, teams }),
    checkRepository(github, repository, config),
    checkRules(github, repository, infra.branch, config),
    checkEnvironments(github, repository, layout.environments, config),
    readTeamMembers(github, org, teams),
    config === undefined ? [] : checkSettings(github, repository),
  ]);
  const approvals = config === undefined ? [] : checkApprovals(config, members);
  return [...token, ...own, ...rules, ...environments, ...approvals, ...settings, ...local];
}
