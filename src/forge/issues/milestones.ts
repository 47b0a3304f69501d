import { validationFailed } from '../body.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { requireAccount, requirePermission } from '../permissions.ts';
import type { Issue, Milestone, Pull, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';

export interface MilestoneFields {
  readonly title: string;
  readonly description: string | null;
  readonly state: 'open' | 'closed';
  /** ISO 8601. */
  readonly dueOn: string | null;
}

/** Makes a milestone, or changes one that is held. @throws ApiError 422 where another has its title */
export function saveMilestone(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  fields: MilestoneFields,
  held?: Milestone,
): Milestone {
  const { store } = forge;
  const same = store.milestones.by('repository', repository.id).find((one) => one.title === fields.title);
  if (same !== undefined && same.id !== held?.id)
    throw validationFailed({ resource: 'Milestone', code: 'already_exists', field: 'title' });
  return store.transaction(() => {
    const at = timestamp(forge);
    const milestone: Milestone = {
      id: held?.id ?? store.next('milestones'),
      repositoryId: repository.id,
      number: held?.number ?? store.next(`milestone:${repository.id}`),
      creatorId: held?.creatorId ?? requireAccount(identity).id,
      createdAt: held?.createdAt ?? at,
      ...fields,
      updatedAt: at,
      closedAt: fields.state === 'open' ? null : (held?.closedAt ?? at),
    };
    store.milestones.put(milestone);
    const moved = held !== undefined && held.state !== milestone.state;
    const action =
      held === undefined ? 'created' : moved ? (milestone.state === 'open' ? 'opened' : 'closed') : 'edited';
    raiseEvent(forge, { name: 'milestone', action, repository, identity, milestone, ...editsOf(held, milestone) });
    return milestone;
  });
}

function editsOf(before: Milestone | undefined, after: Milestone) {
  if (before === undefined || before.state !== after.state) return {};
  const changed = (['title', 'description'] as const).filter((name) => before[name] !== after[name]);
  return { changes: Object.fromEntries(changed.map((name) => [name, { from: before[name] ?? '' }])) };
}

/** Takes a milestone away, from all that is under it too. */
export function deleteMilestone(forge: Forge, identity: Identity, repository: Repository, milestone: Milestone): void {
  const { store } = forge;
  store.transaction(() => {
    for (const issue of store.issues.by('repository', repository.id))
      if (issue.milestoneId === milestone.id) store.issues.put(withMilestone(issue, undefined));
    for (const pull of store.pulls.by('repository', repository.id))
      if (pull.milestoneId === milestone.id) store.pulls.put(withMilestone(pull, undefined));
    store.milestones.delete(milestone.id);
    raiseEvent(forge, { name: 'milestone', action: 'deleted', repository, identity, milestone });
  });
}

/** Puts an issue or pull request under a milestone, or under none. */
export function setMilestone<Row extends Issue | Pull>(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  row: Row,
  milestone: Milestone | null,
): Row {
  requirePermission(
    forge,
    identity,
    repository,
    'headSha' in row ? ['pull_requests', 'issues'] : ['issues'],
    'write',
    'triage',
  );
  if (row.milestoneId === milestone?.id) return row;
  return forge.store.transaction(() => {
    const changed = { ...withMilestone(row, milestone?.id), updatedAt: timestamp(forge) };
    const action = milestone === null ? 'demilestoned' : 'milestoned';
    const told = milestone ?? forge.store.milestones.get(row.milestoneId ?? 0);
    const about = { action, repository, identity, ...(told === undefined ? {} : { milestone: told }) };
    if ('headSha' in changed) {
      forge.store.pulls.put(changed);
      raiseEvent(forge, { name: 'pull_request', pull: changed, ...about });
    } else {
      forge.store.issues.put(changed as Issue);
      raiseEvent(forge, { name: 'issues', issue: changed as Issue, ...about });
    }
    return changed;
  });
}

function withMilestone<Row extends Issue | Pull>(row: Row, id: number | undefined): Row {
  const { milestoneId: _held, ...rest } = row;
  return { ...rest, ...(id === undefined ? {} : { milestoneId: id }) } as Row;
}
