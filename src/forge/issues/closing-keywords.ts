import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { fullNameOf } from '../permissions.ts';
import type { Issue, Pull, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';

const keyword =
  /\b(?:close|closes|closed|fix|fixes|fixed|resolve|resolves|resolved):?\s+(?:([\w.-]+\/[\w.-]+)?#(\d+)|https?:\/\/[^\s/]+\/([\w.-]+\/[\w.-]+)\/issues\/(\d+))/gi;

/** Open issues of the same repository that a text says it closes (docs.github.com, "Linking a pull request to an issue"). */
export function issuesClosedBy(forge: Forge, repository: Repository, text: string): readonly Issue[] {
  const here = fullNameOf(forge, repository).toLowerCase();
  const numbers = [...text.matchAll(keyword)]
    .filter(([, short, , long]) => (short ?? long ?? here).toLowerCase() === here)
    .map(([, , short, , long]) => Number(short ?? long));
  return [...new Set(numbers)].flatMap((number) => {
    const issue = forge.store.issues.by('number', `${repository.id}/${number}`)[0];
    return issue === undefined ? [] : [issue];
  });
}

/** Closes what a merged pull request says it closes, where it went into the default branch. Inside a transaction. */
export function closeIssuesOf(forge: Forge, repository: Repository, pull: Pull, identity: Identity): void {
  if (pull.baseRef === repository.defaultBranch)
    closeIssues(forge, repository, `${pull.title}\n${pull.body ?? ''}`, identity);
}

/** Closes the open issues that a text names. Inside a transaction. */
export function closeIssues(forge: Forge, repository: Repository, text: string, identity: Identity): void {
  for (const issue of issuesClosedBy(forge, repository, text)) {
    if (issue.state === 'closed') continue;
    const at = timestamp(forge);
    const by = identity.account === undefined ? {} : { closedById: identity.account.id };
    const closed: Issue = { ...issue, ...by, state: 'closed', stateReason: 'completed', closedAt: at, updatedAt: at };
    forge.store.issues.put(closed);
    raiseEvent(forge, { name: 'issues', action: 'closed', repository, identity, issue: closed });
  }
}
