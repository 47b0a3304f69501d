import type { GitHub } from '../../github/client.ts';
import type { Area, Difference } from '../../settings/difference.ts';
import { planFeatures } from '../../settings/names.ts';
import { known } from '../../settings/seen.ts';
import { readPlan } from '../settings/read-directory.ts';
import { type Surveyed, surveySettings } from '../settings/survey.ts';
import { type Finding, ok, unknown, weak } from './finding.ts';

const areas: Readonly<Record<Area, string>> = {
  actions: 'what Actions may do',
  merging: 'how pull requests merge',
  environment: 'environments',
  subject: 'subjects of OIDC tokens',
  ruleset: 'rulesets',
  codeowners: 'CODEOWNERS',
};

/** Whether the repository is set as trunkline.yaml would have it, what of that this credential can see, and could set. */
export async function checkSettings(github: GitHub, repository: string): Promise<readonly Finding[]> {
  const [owner = ''] = repository.split('/');
  const [[surveyed], plan] = await Promise.all([
    surveySettings(github, [repository], { whole: false }),
    readPlan(github, owner),
  ]);
  if (surveyed === undefined) return [];
  const { actual, problems } = surveyed;
  return [
    ...problems.map((one) =>
      weak(
        'settings.names',
        repository,
        one.message.replace(`${repository}: `, ''),
        one.hint ?? 'correct trunkline.yaml',
      ),
    ),
    ...(actual === undefined ? [] : [credential(surveyed), features(repository, planFeatures(actual.private, plan))]),
    ...compared(repository, surveyed.plan?.differences ?? []),
    ...waiting(surveyed),
  ];
}

/** A plan needs to read what an administrator sees; apply has to write it. */
function credential({ repository, actual }: Surveyed): Finding {
  const id = 'settings.token';
  const actions = actual?.actions;
  if (actions !== undefined && 'unknown' in actions)
    return unknown(id, repository, `settings cannot be compared: ${actions.unknown}`, 'administration: read, to plan');
  const rulesets = actual === undefined ? [] : (known(actual.rulesets) ?? []);
  const own = rulesets.filter((one) => one.name.startsWith('trunkline: '));
  if (own.length === 0)
    return ok(id, repository, 'can plan; whether it can apply shows once there are rulesets of ours');
  return own.some((one) => 'value' in one.bypass)
    ? ok(id, repository, 'can plan and apply: keep it in an environment that is limited to the default branch')
    : ok(id, repository, 'can plan; to apply takes administration: write');
}

function features(repository: string, has: ReturnType<typeof planFeatures>): Finding {
  const said = [
    `required reviewers by path ${has.requiredReviewers ? 'are' : 'are not'} counted by GitHub itself`,
    `required workflows ${has.workflowsRule ? 'are' : 'are not'} wanted`,
  ];
  return ok('settings.plan', repository, `${said.join(', ')}: ${has.because}`);
}

function compared(repository: string, differences: readonly Difference[]): readonly Finding[] {
  return (Object.keys(areas) as Area[]).flatMap((area): readonly Finding[] => {
    const own = differences.filter((one) => one.area === area);
    const id = `settings.${area}`;
    const differing = own.filter((one) => one.state === 'differs');
    const unread = own.filter((one) => one.state === 'unknown');
    if (own.length === 0) return [];
    if (differing.length > 0) {
      const first = differing
        .slice(0, 3)
        .map((one) => `${one.subject === repository ? '' : `${one.subject} `}${one.field}`);
      const more = differing.length > 3 ? ` and ${differing.length - 3} more` : '';
      const mend =
        area === 'codeowners' ? 'trunkline generate, then a pull request' : 'trunkline settings plan, then apply';
      return [weak(id, repository, `${areas[area]} differ from trunkline.yaml: ${first.join(', ')}${more}`, mend)];
    }
    if (unread.length > 0)
      return [unknown(id, repository, `${unread.length} of ${own.length} cannot be read: ${unread[0]?.note ?? ''}`)];
    return [ok(id, repository, `${areas[area]} are as trunkline.yaml says`)];
  });
}

function waiting({ repository, plan }: Surveyed): readonly Finding[] {
  const checks = [...new Set((plan?.waiting ?? []).flatMap((one) => one.checks))];
  if (checks.length === 0) return [];
  return [
    weak(
      'settings.checks',
      repository,
      `no pull request has got ${checks.join(', ')} yet, so none of them is required`,
      'merge the generated workflows, open a pull request, then trunkline settings apply',
    ),
  ];
}
