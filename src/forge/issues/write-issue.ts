import { validationFailed } from '../body.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { requireAccount, requirePermission, roleOf } from '../permissions.ts';
import type { Comment, Issue, Label, Pull, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { findIssue } from './find-issue.ts';

/** Opens an issue. @throws ApiError 403, 422 */
export function createIssue(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  input: {
    readonly title: string;
    readonly body?: string | undefined;
    readonly labels?: readonly string[] | undefined;
    readonly assignees?: readonly string[] | undefined;
  },
): Issue {
  const account = requireAccount(identity);
  requirePermission(forge, identity, repository, 'issues', 'write', 'read');
  return forge.store.transaction(() => {
    const at = timestamp(forge);
    const labels = input.labels ?? [];
    for (const name of labels) ensureLabel(forge, repository, name);
    const issue: Issue = {
      id: forge.store.next('issues'),
      repositoryId: repository.id,
      number: forge.store.next(`number:${repository.id}`),
      title: input.title,
      body: input.body ?? null,
      state: 'open',
      authorId: account.id,
      labels,
      assigneeIds: assignable(forge, repository, input.assignees ?? []),
      createdAt: at,
      updatedAt: at,
      closedAt: null,
    };
    forge.store.issues.put(issue);
    const event = { name: 'issues', repository, identity, issue } as const;
    raiseEvent(forge, { ...event, action: 'opened' });
    for (const label of labels) raiseEvent(forge, { ...event, action: 'labeled', label });
    for (const accountId of issue.assigneeIds) raiseEvent(forge, { ...event, action: 'assigned', accountId });
    return issue;
  });
}

/** Changes title, body or state of an issue. */
export function updateIssue(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  issue: Issue,
  change: {
    readonly title?: string | undefined;
    readonly body?: string | undefined;
    readonly state?: 'open' | 'closed' | undefined;
    readonly reason?: 'completed' | 'not_planned' | 'duplicate' | undefined;
  },
): Issue {
  const own = requireAccount(identity).id === issue.authorId;
  requirePermission(forge, identity, repository, 'issues', 'write', own ? 'read' : 'triage');
  return forge.store.transaction(() => {
    const at = timestamp(forge);
    const state = change.state ?? issue.state;
    const closedAt = state === 'open' ? null : (issue.closedAt ?? at);
    const title = change.title ?? issue.title;
    const body = change.body ?? issue.body;
    const { stateReason: _reason, closedById: _by, ...rest } = issue;
    const closed = { stateReason: change.reason ?? issue.stateReason ?? ('completed' as const) };
    const by = issue.state === 'closed' ? issue.closedById : identity.account?.id;
    const reopened = { stateReason: 'reopened' as const };
    const ended = state === 'closed' ? { ...closed, ...(by === undefined ? {} : { closedById: by }) } : {};
    const reason = state === 'closed' ? ended : issue.state === 'closed' ? reopened : {};
    const changed: Issue = { ...rest, ...reason, title, body, state, closedAt, updatedAt: at };
    forge.store.issues.put(changed);
    const raise = (action: string, changes?: Readonly<Record<string, unknown>>): void =>
      raiseEvent(forge, {
        name: 'issues',
        action,
        repository,
        identity,
        issue: changed,
        ...(changes === undefined ? {} : { changes }),
      });
    const edits = {
      ...(title === issue.title ? {} : { title: { from: issue.title } }),
      ...(body === issue.body ? {} : { body: { from: issue.body ?? '' } }),
    };
    if (Object.keys(edits).length > 0) raise('edited', edits);
    if (state !== issue.state) raise(state === 'closed' ? 'closed' : 'reopened');
    return changed;
  });
}

/** Gives an issue or pull request to people, or takes it from them; who cannot have it is passed over, as on GitHub. */
export function changeAssignees<Row extends Issue | Pull>(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  issue: Row,
  logins: readonly string[],
  remove: boolean,
): Row {
  requirePermission(forge, identity, repository, writable(issue), 'write', 'triage');
  const ids = assignable(forge, repository, logins);
  return forge.store.transaction(() => {
    const held = issue.assigneeIds ?? [];
    const assigneeIds = remove ? held.filter((id) => !ids.includes(id)) : [...new Set([...held, ...ids])].slice(0, 10);
    const changed = { ...issue, assigneeIds, updatedAt: timestamp(forge) };
    const raise = (action: string, accountId: number): void => {
      if ('headSha' in changed)
        raiseEvent(forge, { name: 'pull_request', action, repository, identity, pull: changed, accountId });
      else raiseEvent(forge, { name: 'issues', action, repository, identity, issue: changed as Issue, accountId });
    };
    if ('headSha' in changed) forge.store.pulls.put(changed);
    else forge.store.issues.put(changed as Issue);
    for (const id of assigneeIds) if (!held.includes(id)) raise('assigned', id);
    for (const id of held) if (!assigneeIds.includes(id)) raise('unassigned', id);
    return changed;
  });
}

/** Gives it to these people and no others. */
export function setAssignees<Row extends Issue | Pull>(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  issue: Row,
  logins: readonly string[],
): Row {
  const wanted = new Set(logins.map((login) => login.toLowerCase()));
  const held = (issue.assigneeIds ?? []).map((id) => forge.store.accounts.get(id)?.login ?? '');
  const gone = held.filter((login) => !wanted.has(login.toLowerCase()));
  const left = changeAssignees(forge, identity, repository, issue, gone, true);
  return changeAssignees(forge, identity, repository, left, logins, false);
}

/** Accounts of those who may be given something here: whoever may read. */
function assignable(forge: Forge, repository: Repository, logins: readonly string[]): readonly number[] {
  return logins.flatMap((login) => {
    const account = forge.store.accounts.by('login', login)[0];
    return account?.type === 'User' && roleOf(forge, repository, account.id) !== undefined ? [account.id] : [];
  });
}

/** Changes a comment's text, or deletes it (null). @throws ApiError 403 */
export function changeComment(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  comment: Comment,
  body: string | null,
): Comment {
  const own = identity.account?.id === comment.authorId;
  requirePermission(forge, identity, repository, ['issues', 'pull_requests'], 'write', own ? 'read' : 'write');
  const issue = findIssue(forge, repository, comment.issueNumber);
  return forge.store.transaction(() => {
    const changed: Comment = { ...comment, body: body ?? comment.body, updatedAt: timestamp(forge) };
    if (body === null) forge.store.comments.delete(comment.id);
    else forge.store.comments.put(changed);
    const event = { name: 'issue_comment', repository, identity, issue, comment: changed } as const;
    if (body === null) raiseEvent(forge, { ...event, action: 'deleted' });
    else raiseEvent(forge, { ...event, action: 'edited', changes: { body: { from: comment.body } } });
    return changed;
  });
}

/** Comments on an issue or a pull request. @throws ApiError 403, 422 for an empty body. */
export function addComment(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  issue: Issue | Pull,
  body: string,
): Comment {
  const account = requireAccount(identity);
  requirePermission(forge, identity, repository, writable(issue), 'write', 'read');
  if (body.trim() === '') throw validationFailed({ resource: 'IssueComment', code: 'missing_field', field: 'body' });
  return forge.store.transaction(() => {
    const at = timestamp(forge);
    const comment: Comment = {
      id: forge.store.next('comments'),
      repositoryId: repository.id,
      issueNumber: issue.number,
      authorId: account.id,
      body,
      createdAt: at,
      updatedAt: at,
    };
    forge.store.comments.put(comment);
    raiseEvent(forge, { name: 'issue_comment', action: 'created', repository, identity, issue, comment });
    return comment;
  });
}

/** Sets the labels; those that the repository has not are made, as GitHub does. Events say what came and went. */
export function setLabels<Row extends Issue | Pull>(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  issue: Row,
  names: readonly string[],
): Row {
  requireAccount(identity);
  requirePermission(forge, identity, repository, writable(issue), 'write', 'triage');
  return forge.store.transaction(() => {
    const labels = [...new Set(names)].map((name) => ensureLabel(forge, repository, name).name);
    const changed = { ...issue, labels, updatedAt: timestamp(forge) };
    if ('headSha' in changed) forge.store.pulls.put(changed);
    else forge.store.issues.put(changed as Issue);
    const raise = (action: string, label: string): void => {
      if ('headSha' in changed)
        raiseEvent(forge, { name: 'pull_request', action, repository, identity, pull: changed, label });
      else raiseEvent(forge, { name: 'issues', action, repository, identity, issue: changed as Issue, label });
    };
    for (const name of labels) if (!issue.labels.includes(name)) raise('labeled', name);
    for (const name of issue.labels) if (!labels.includes(name)) raise('unlabeled', name);
    return changed;
  });
}

/** The repository's label of that name, made grey if there is none. Inside a transaction. */
export function ensureLabel(forge: Forge, repository: Repository, name: string): Label {
  const held = forge.store.labels
    .by('repository', repository.id)
    .find((label) => label.name.toLowerCase() === name.toLowerCase());
  if (held !== undefined) return held;
  const id = forge.store.next('labels');
  const label: Label = {
    id,
    repositoryId: repository.id,
    name,
    color: 'ededed',
    description: null,
    createdAt: timestamp(forge),
  };
  forge.store.labels.put(label);
  return label;
}

function writable(issue: Issue | Pull): readonly string[] {
  return 'headSha' in issue ? ['pull_requests', 'issues'] : ['issues'];
}
