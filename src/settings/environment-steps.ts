import type { ActualEnvironment, ActualSettings } from './actual.ts';
import { findEnvironment } from './compare-settings.ts';
import type { Difference } from './difference.ts';
import { known } from './seen.ts';
import type { Step } from './step.ts';
import type { BranchPolicy, WantedEnvironment } from './wanted.ts';

/** Protection first, then the branches that get in: while none is named, none does. */
export function environmentSteps(
  wanted: WantedEnvironment,
  actual: ActualSettings,
  differing: readonly Difference[],
): readonly Step[] {
  const fields = fieldsOf(differing, wanted.name);
  if (fields.length === 0) return [];
  const held = policiesOf(actual, wanted.name);
  const missing = wanted.policies.filter((one) => !held?.some((other) => same(one, other)));
  const policies = missing.map(
    ({ type, name }): Step => ({
      title: `environment ${wanted.name}: ${type} ${name} gets in`,
      method: 'POST',
      path: `${pathOf(wanted)}/deployment-branch-policies`,
      body: { name, type },
    }),
  );
  const onlyBranches = held !== undefined && fields.every((one) => one === 'branches');
  return onlyBranches ? policies : [protection(wanted), ...policies];
}

/** What gets in and should not, once all that should does. */
export function policyRemovals(
  wanted: WantedEnvironment,
  actual: ActualSettings,
  differing: readonly Difference[],
): readonly Step[] {
  if (!fieldsOf(differing, wanted.name).includes('branches')) return [];
  return (policiesOf(actual, wanted.name) ?? [])
    .filter((one) => !wanted.policies.some((other) => same(one, other)))
    .map(({ type, name, id }) => ({
      title: `environment ${wanted.name}: ${type} ${name} does not get in any more`,
      method: 'DELETE',
      path: `${pathOf(wanted)}/deployment-branch-policies/${id}`,
    }));
}

/** The request replaces all of it, reviewers too. */
function protection(wanted: WantedEnvironment): Step {
  const guarded = wanted.reviewers.length > 0;
  return {
    title: `environment ${wanted.name}: who is asked, how long it waits, that not every branch gets in`,
    method: 'PUT',
    path: pathOf(wanted),
    body: {
      wait_timer: wanted.wait,
      prevent_self_review: guarded,
      reviewers: wanted.reviewers.map(({ type, id }) => ({ type, id })),
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
      ...(guarded || wanted.wait > 0 ? { can_admins_bypass: false } : {}),
    },
  };
}

function pathOf({ name }: WantedEnvironment): string {
  return `/environments/${encodeURIComponent(name)}`;
}

function fieldsOf(differing: readonly Difference[], name: string): readonly string[] {
  return differing.filter((one) => one.area === 'environment' && one.subject === name).map(({ field }) => field);
}

/** Undefined where the environment does not go by named branches. */
function policiesOf(actual: ActualSettings, name: string) {
  const found: ActualEnvironment | undefined = findEnvironment(known(actual.environments) ?? [], name);
  const branches = found === undefined ? undefined : known(found.branches);
  return branches === undefined || typeof branches === 'string' ? undefined : branches;
}

function same(a: BranchPolicy, b: BranchPolicy): boolean {
  return a.type === b.type && a.name === b.name;
}
