import type { ActualEnvironment, ActualSettings } from './actual.ts';
import { sameCodeowners } from './codeowners.ts';
import { compareRulesets } from './compare-rulesets.ts';
import { type Area, compare, type Difference } from './difference.ts';
import { type Seen, seen } from './seen.ts';
import type { WantedEnvironment, WantedSettings } from './wanted.ts';

/** Every setting that is wanted, against what is set. Pure. */
export function compareSettings(wanted: WantedSettings, actual: ActualSettings): readonly Difference[] {
  const own = actual.repository;
  const codeowners = compare(
    { area: 'codeowners', subject: own, field: 'codeowners', wanted: wanted.codeowners },
    sameOwners(wanted.codeowners, actual.files.codeowners),
  );
  return [
    ...fields('actions', own, wanted.actions, actual.actions),
    ...fields('actions', own, wanted.workflows, actual.workflows),
    ...(actual.private
      ? actual.forkable
        ? fields('actions', own, wanted.privateForks, actual.privateForks)
        : []
      : fields('actions', own, { approval_policy: wanted.forkApproval }, forkPolicy(actual.forkApproval))),
    ...fields('merging', own, wanted.merging, actual.merging),
    ...wanted.environments.flatMap((one) => compareEnvironment(one, actual.environments)),
    ...(wanted.defaultSubject === undefined
      ? []
      : fields('subject', own, { use_default: wanted.defaultSubject }, subject(actual))),
    ...compareRulesets(wanted.rulesets, actual),
    ...(wanted.codeowners === undefined ? [] : [codeowners]),
  ];
}

function sameOwners(wanted: string | undefined, found: Seen<string | null>): Seen<string | null> {
  if (wanted === undefined || 'unknown' in found || found.value === null) return found;
  return sameCodeowners(wanted, found.value) ? seen(wanted) : found;
}

function forkPolicy(policy: Seen<string>): Seen<Readonly<Record<string, unknown>>> {
  return 'value' in policy ? seen({ approval_policy: policy.value }) : policy;
}

function subject({ subject: found }: ActualSettings): Seen<Readonly<Record<string, unknown>>> {
  return 'value' in found ? seen({ use_default: found.value.useDefault }) : found;
}

function fields(
  area: Area,
  of: string,
  wanted: Readonly<Record<string, unknown>>,
  found: Seen<Readonly<Record<string, unknown>>>,
): readonly Difference[] {
  return Object.entries(wanted).map(([field, value]) =>
    compare({ area, subject: of, field, wanted: value }, 'value' in found ? seen(found.value[field]) : found),
  );
}

function compareEnvironment(
  wanted: WantedEnvironment,
  environments: Seen<readonly ActualEnvironment[]>,
): readonly Difference[] {
  const at = { area: 'environment', subject: wanted.name } as const;
  const names = (reviewers: WantedEnvironment['reviewers']) => reviewers.map(({ type, name }) => `${type} ${name}`);
  const presence = {
    ...at,
    field: 'environment',
    wanted: { branches: wanted.policies, reviewers: names(wanted.reviewers), wait_timer: wanted.wait },
  } as const;
  if ('unknown' in environments) return [compare(presence, environments)];
  const found = findEnvironment(environments.value, wanted.name);
  if (found === undefined) return [compare(presence, seen(undefined))];
  const guarded = wanted.reviewers.length > 0;
  return [
    compare(
      { ...at, field: 'branches', wanted: wanted.policies.map(({ type, name }) => ({ type, name })) },
      branches(found),
    ),
    compare({ ...at, field: 'reviewers', wanted: names(wanted.reviewers) }, seen(names(found.reviewers))),
    compare({ ...at, field: 'wait_timer', wanted: wanted.wait }, seen(found.wait)),
    ...(guarded ? [compare({ ...at, field: 'prevent_self_review', wanted: true }, seen(found.preventSelfReview))] : []),
    ...(guarded || wanted.wait > 0
      ? [compare({ ...at, field: 'can_admins_bypass', wanted: false }, found.adminsBypass)]
      : []),
  ];
}

/** Names of environments do not mind upper and lower case. */
export function findEnvironment(
  environments: readonly ActualEnvironment[],
  name: string,
): ActualEnvironment | undefined {
  return environments.find((one) => one.name.toLowerCase() === name.toLowerCase());
}

function branches({ branches: found }: ActualEnvironment): Seen<unknown> {
  if ('unknown' in found || typeof found.value === 'string') return found;
  return seen(found.value.map(({ type, name }) => ({ type, name })));
}
