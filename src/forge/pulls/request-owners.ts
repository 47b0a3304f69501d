import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import type { Identity } from '../http.ts';
import type { Pull } from '../rows.ts';
import { applicableRulesets } from '../rules/applicable-rulesets.ts';
import { ownerIds, ownersOf, owningTeam, parseCodeOwners } from '../rules/code-owners.ts';
import { changedPaths, readCodeOwners } from '../rules/history.ts';
import { requiredReviewers } from '../rules/judge-pull-request.ts';
import { timestamp } from '../timestamp.ts';
import { repositoryOf } from './find-pull.ts';

/**
 * Asks the code owners of what a pull request changes, and the teams that a rule names for its paths, for their review:
 * when it is opened, or when a draft becomes ready (docs.github.com, "About code owners").
 */
export async function requestOwners(forge: Forge, identity: Identity, pullId: number): Promise<void> {
  const pull = forge.store.pulls.get(pullId);
  if (pull === undefined || pull.draft || pull.state !== 'open') return;
  const repository = repositoryOf(forge, pull);
  const folder = repositoryFolder(forge, repository.id);
  const parameters = applicableRulesets(forge, repository, `refs/heads/${pull.baseRef}`)
    .flatMap((ruleset) => ruleset.rules)
    .filter((rule) => rule.type === 'pull_request')
    .map((rule) => rule.parameters ?? {});
  const reviewers = parameters.flatMap(requiredReviewers);
  const text = await readCodeOwners({ folder }, pull.baseRef);
  if (text === undefined && reviewers.length === 0) return;
  const paths = await changedPaths({ folder }, pull.baseSha, pull.headSha);
  const lines = parseCodeOwners(text ?? '');
  const owners = [...new Set(paths.flatMap((path) => ownersOf(lines, path)))];
  const named = owners.flatMap((owner) => owningTeam(forge, repository, owner) ?? []).map((one) => one.id);
  const wanted = reviewers.filter((one) => paths.some(one.covers)).map((one) => one.teamId);
  const people = owners.filter((owner) => !owner.includes('/')).flatMap((owner) => ownerIds(forge, repository, owner));
  request(forge, identity, pull, people, [...named, ...wanted]);
}

function request(
  forge: Forge,
  identity: Identity,
  pull: Pull,
  people: readonly number[],
  teams: readonly number[],
): void {
  const repository = repositoryOf(forge, pull);
  forge.store.transaction(() => {
    const current = forge.store.pulls.get(pull.id) ?? pull;
    const accountIds = [...new Set(people)].filter(
      (id) => id !== current.authorId && !current.requestedReviewerIds.includes(id),
    );
    const teamIds = [...new Set(teams)].filter((id) => !current.requestedTeamIds.includes(id));
    if (accountIds.length + teamIds.length === 0) return;
    const asked: Pull = {
      ...current,
      requestedReviewerIds: [...current.requestedReviewerIds, ...accountIds],
      requestedTeamIds: [...current.requestedTeamIds, ...teamIds],
      updatedAt: timestamp(forge),
    };
    forge.store.pulls.put(asked);
    const event = { name: 'pull_request', action: 'review_requested', repository, identity, pull: asked } as const;
    for (const accountId of accountIds) raiseEvent(forge, { ...event, accountId });
    for (const teamId of teamIds) raiseEvent(forge, { ...event, teamId });
  });
}
