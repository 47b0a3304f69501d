import { validationFailed } from '../body.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { requireAccount, requirePermission } from '../permissions.ts';
import type { Comment, Issue, Label, Pull, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';

/** Opens an issue. @throws ApiError 403, 422 */
export function createIssue(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  input: {
    readonly title: string;
    readonly body?: string | undefined;
    readonly labels?: readonly string[] | undefined;
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
      assigneeIds: [],
      createdAt: at,
      updatedAt: at,
      closedAt: null,
    };
    forge.store.issues.put(issue);
    raiseEvent(forge, { name: 'issues', action: 'opened', repository, identity, issue });
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
    const changed: Issue = { ...issue, title, body, state, closedAt, updatedAt: at };
    forge.store.issues.put(changed);
    const action = state === issue.state ? 'edited' : state === 'closed' ? 'closed' : 'reopened';
    raiseEvent(forge, { name: 'issues', action, repository, identity, issue: changed });
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
  const label: Label = { id, repositoryId: repository.id, name, color: 'ededed', description: null };
  forge.store.labels.put(label);
  return label;
}

function writable(issue: Issue | Pull): readonly string[] {
  return 'headSha' in issue ? ['pull_requests', 'issues'] : ['issues'];
}
