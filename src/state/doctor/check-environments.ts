import type { EnvironmentsConfig } from '../../config/config.ts';
import type { GitHub } from '../../github/client.ts';
import { everyPage } from '../find-pulls.ts';
import type { SeenEnvironment } from '../see/layout.ts';
import { readTeamMembers, type Teams } from './check-approvals.ts';
import { type Finding, ok, reading, unknown, weak } from './finding.ts';

interface EnvironmentFacts {
  readonly name: string;
  readonly can_admins_bypass?: boolean;
  readonly deployment_branch_policy?: {
    readonly protected_branches: boolean;
    readonly custom_branch_policies: boolean;
  } | null;
  readonly protection_rules?: readonly {
    readonly type: string;
    readonly prevent_self_review?: boolean;
    readonly reviewers?: readonly {
      readonly type?: string;
      readonly reviewer?: { readonly login?: string; readonly slug?: string };
    }[];
  }[];
}

/** Which branches may deploy to an environment, and who is asked. */
export async function checkEnvironments(
  github: GitHub,
  repository: string,
  environments: readonly SeenEnvironment[],
  config: EnvironmentsConfig | undefined,
): Promise<readonly Finding[]> {
  const [owner = '', repo = ''] = repository.split('/');
  const read = await reading(() =>
    everyPage<EnvironmentFacts>(async (page) => {
      const { data } = await github.request('GET /repos/{owner}/{repo}/environments', {
        owner,
        repo,
        per_page: 100,
        page,
      });
      return { data: (data.environments ?? []) as readonly EnvironmentFacts[] };
    }),
  );
  if ('missing' in read) return environments.map((one) => unknown('environment', one.name, read.missing));
  const teams = await readTeamMembers(github, owner, [
    ...new Set(read.value.flatMap(reviewersOf).flatMap((one) => one.reviewer?.slug ?? [])),
  ]);
  // Where nothing deploys from Actions, an agent pulls: there is nothing for an environment to guard.
  const pulled = config?.environments.every((one) => one.deploy === undefined) === true;
  return environments.flatMap(({ name, from }): readonly Finding[] => {
    const found = read.value.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (found === undefined) {
      return pulled
        ? [ok('environment', name, 'no GitHub Environment, and nothing that deploys from Actions')]
        : [
            weak(
              'environment',
              name,
              'no GitHub Environment of this name: nothing limits which branch may deploy there',
              `Settings › Environments: add ${name}, limited to the default branch`,
            ),
          ];
    }
    const approve = config?.environments.find((one) => one.name === name)?.approve ?? {};
    return [...guards(found, from !== undefined, Object.keys(approve).length > 0), ...alone(found, teams)];
  });
}

function reviewersOf({ protection_rules: rules }: EnvironmentFacts) {
  return rules?.find((one) => one.type === 'required_reviewers')?.reviewers ?? [];
}

/** One reviewer who may not approve what they started themselves is a gate that stays shut on the day that counts. */
function alone(found: EnvironmentFacts, teams: Teams): readonly Finding[] {
  const rule = found.protection_rules?.find((one) => one.type === 'required_reviewers');
  const reviewers = reviewersOf(found);
  if (
    rule?.prevent_self_review !== true ||
    reviewers.some(({ reviewer }) => reviewer?.slug !== undefined && teams.get(reviewer.slug) === undefined)
  )
    return [];
  const people = new Set(
    reviewers.flatMap(({ reviewer }) =>
      reviewer?.slug === undefined ? [reviewer?.login ?? ''] : (teams.get(reviewer.slug) ?? []),
    ),
  );
  if (people.size > 1) return [];
  const [only] = people;
  return [
    weak(
      'environment.satisfiable',
      found.name,
      only === undefined
        ? 'its reviewers are nobody: no deployment can be approved'
        : `only ${only} may approve, and never what ${only} started`,
      `Settings › Environments › ${found.name}: add a reviewer`,
    ),
  ];
}

function guards(found: EnvironmentFacts, later: boolean, approved: boolean): readonly Finding[] {
  const { name } = found;
  const where = `Settings › Environments › ${name}`;
  const reviewers = found.protection_rules?.find((one) => one.type === 'required_reviewers');
  const branches =
    found.deployment_branch_policy == null
      ? weak(
          'environment.branches',
          name,
          'any branch may deploy there and read its secrets',
          `${where}: limit deployment branches to the default branch`,
        )
      : ok(
          'environment.branches',
          name,
          found.deployment_branch_policy.protected_branches ? 'protected branches only' : 'selected branches only',
        );
  const people: Finding[] = [];
  if (reviewers !== undefined) {
    people.push(
      reviewers.prevent_self_review === true
        ? ok('environment.reviewers', name, 'somebody else has to approve')
        : weak(
            'environment.reviewers',
            name,
            'whoever started a deployment may approve it',
            `${where}: prevent self-review`,
          ),
    );
    if (found.can_admins_bypass === true)
      people.push(
        weak(
          'environment.admins',
          name,
          'administrators may pass its rules by',
          `${where}: do not allow administrators to bypass`,
        ),
      );
  } else if (approved) {
    people.push(ok('environment.reviewers', name, 'approved on the pull request, by the policy'));
  } else if (later) {
    people.push(
      weak(
        'environment.reviewers',
        name,
        'nobody has to approve: neither its reviewers nor the policy',
        `${where}: required reviewers; or approve: { owner: 1 } in trunkline.yaml`,
      ),
    );
  }
  return [branches, ...people];
}
