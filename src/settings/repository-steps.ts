import type { ActualSettings } from './actual.ts';
import type { Difference } from './difference.ts';
import { known } from './seen.ts';
import type { Step } from './step.ts';
import type { WantedSettings } from './wanted.ts';

export function actionsSteps(
  wanted: WantedSettings,
  actual: ActualSettings,
  differing: readonly Difference[],
): readonly Step[] {
  const { actions, workflows, privateForks, forkApproval } = wanted;
  const path = '/actions/permissions';
  const all: readonly (Step & { readonly fields: readonly string[] })[] = [
    {
      fields: Object.keys(actions),
      title: 'what Actions may run',
      method: 'PUT',
      path,
      // The request replaces all of it: what is not wanted otherwise is said as it is.
      body: { ...pick(known(actual.actions) ?? {}, 'allowed_actions'), ...actions },
    },
    {
      fields: Object.keys(workflows),
      title: 'what jobs may do by default',
      method: 'PUT',
      path: `${path}/workflow`,
      body: workflows,
    },
    {
      fields: Object.keys(privateForks),
      title: 'what pull requests from forks may do',
      method: 'PUT',
      path: `${path}/fork-pr-workflows-private-repos`,
      body: { ...pick(known(actual.privateForks) ?? {}, 'run_workflows_from_fork_pull_requests'), ...privateForks },
    },
    {
      fields: ['approval_policy'],
      title: 'whose pull requests wait for approval',
      method: 'PUT',
      path: `${path}/fork-pr-contributor-approval`,
      body: { approval_policy: forkApproval },
    },
  ];
  return all.filter(({ fields }) => differ(differing, 'actions', fields)).map(({ fields: _fields, ...step }) => step);
}

export function mergingSteps({ merging }: WantedSettings, differing: readonly Difference[]): readonly Step[] {
  if (!differ(differing, 'merging', Object.keys(merging))) return [];
  return [{ title: 'how pull requests merge', method: 'PATCH', path: '', body: merging }];
}

export function subjectSteps(differing: readonly Difference[]): readonly Step[] {
  if (!differ(differing, 'subject', ['use_default'])) return [];
  const path = '/actions/oidc/customization/sub';
  return [{ title: 'the subject of OIDC tokens', method: 'PUT', path, body: { use_default: true } }];
}

function differ(differing: readonly Difference[], area: Difference['area'], fields: readonly string[]): boolean {
  return differing.some((one) => one.area === area && fields.includes(one.field));
}

function pick(from: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  return from[key] === undefined ? {} : { [key]: from[key] };
}
