import type { GitHub } from '../../github/client.ts';
import type { ActualEnvironment, ActualPolicy } from '../../settings/actual.ts';
import { findEnvironment } from '../../settings/compare-settings.ts';
import { type Seen, seen, unseen } from '../../settings/seen.ts';
import type { Reviewer, WantedEnvironment } from '../../settings/wanted.ts';
import { type Read, reading } from '../doctor/finding.ts';
import type { EnvironmentNode } from './overview-query.ts';

interface RestEnvironment {
  readonly name: string;
  readonly can_admins_bypass?: boolean;
}

/**
 * Environments of an overview with what GraphQL does not tell of those that are wanted: which refs get in, and where
 * somebody is asked, whether administrators pass by.
 */
export async function readEnvironments(
  github: GitHub,
  repository: string,
  nodes: readonly EnvironmentNode[],
  wanted: readonly WantedEnvironment[],
): Promise<readonly ActualEnvironment[]> {
  const all = nodes.map(toEnvironment);
  const asked = wanted.filter((one) => one.reviewers.length > 0 || one.wait > 0);
  const list = asked.some(({ name }) => findEnvironment(all, name) !== undefined)
    ? await readList(github, repository)
    : undefined;
  const policies = new Map<string, ActualEnvironment['branches']>();
  for (const { name } of wanted) {
    const found = findEnvironment(all, name);
    if (found !== undefined && 'unknown' in found.branches)
      policies.set(found.name, await readPolicies(github, repository, found.name));
  }
  return all.map((one) => ({
    ...one,
    adminsBypass: adminsBypass(list, one.name),
    branches: 'value' in one.branches ? one.branches : (policies.get(one.name) ?? one.branches),
  }));
}

function adminsBypass(list: Read<readonly RestEnvironment[]> | undefined, name: string): Seen<boolean> {
  if (list === undefined) return unseen('was not asked for');
  if ('missing' in list) return unseen(list.missing);
  const found = list.value.find((one) => one.name === name)?.can_admins_bypass;
  return found === undefined ? unseen('GitHub does not say') : seen(found);
}

function toEnvironment({ name, protectionRules: { nodes: rules } }: EnvironmentNode): ActualEnvironment {
  const rule = (type: string) => rules.find((one) => one.type === type);
  const review = rule('REQUIRED_REVIEWERS');
  return {
    name,
    wait: rule('WAIT_TIMER')?.timeout ?? 0,
    preventSelfReview: review?.preventSelfReview === true,
    reviewers: (review?.reviewers.nodes ?? []).map((one): Reviewer => {
      // A team that the token may not see is still a reviewer.
      if (one === null) return { type: 'Team', id: 0, name: 'that cannot be read' };
      return { type: one.__typename, id: one.databaseId, name: one.slug ?? one.login ?? String(one.databaseId) };
    }),
    adminsBypass: unseen('was not asked for'),
    branches: rule('BRANCH_POLICY') === undefined ? seen('all') : unseen('was not asked for'),
  };
}

function readList(github: GitHub, repository: string): Promise<Read<readonly RestEnvironment[]>> {
  const [owner = '', repo = ''] = repository.split('/');
  return reading(async () => {
    const { data } = await github.request('GET /repos/{owner}/{repo}/environments', { owner, repo, per_page: 100 });
    return (data.environments ?? []) as readonly RestEnvironment[];
  });
}

async function readPolicies(
  github: GitHub,
  repository: string,
  environment_name: string,
): Promise<ActualEnvironment['branches']> {
  const [owner = '', repo = ''] = repository.split('/');
  const read = await reading(
    async () =>
      (
        await github.request('GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies', {
          owner,
          repo,
          environment_name,
          per_page: 100,
        })
      ).data.branch_policies,
  );
  if ('missing' in read) return unseen(read.missing);
  if (read.value.length === 0) return unnamed(github, { owner, repo, environment_name });
  return seen(
    read.value.map(
      ({ id = 0, name = '', type }): ActualPolicy => ({ id, name, type: type === 'tag' ? 'tag' : 'branch' }),
    ),
  );
}

/** No branch is named: those that are protected get in, or none does. */
async function unnamed(
  github: GitHub,
  where: { readonly owner: string; readonly repo: string; readonly environment_name: string },
): Promise<ActualEnvironment['branches']> {
  const read = await reading(
    async () =>
      (await github.request('GET /repos/{owner}/{repo}/environments/{environment_name}', where)).data
        .deployment_branch_policy,
  );
  if ('missing' in read) return unseen(read.missing);
  if (read.value?.protected_branches === true) return seen('protected');
  return seen(read.value?.custom_branch_policies === true ? [] : 'all');
}
