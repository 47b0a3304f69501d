import type { Forge } from '../forge.ts';
import { zeroSha } from '../git/refs.ts';
import { isTeamMember } from '../permissions.ts';
import type { Pull, Repository, Review, ReviewThread } from '../rows.ts';
import { words } from '../words.ts';
import { missingOwners, parseCodeOwners } from './code-owners.ts';
import { fnmatch } from './fnmatch.ts';
import { changedPaths, newCommits, readCodeOwners } from './history.ts';
import type { Finding, Judge, Judgement } from './judge.ts';
import { reviewState } from './review-state.ts';

/**
 * `pull_request`: a merge needs the reviews; any other move brings nothing new, or exactly the head of an open
 * pull request that could be merged.
 */
export const pullRequest: Judge = async (judgement) => {
  const { forge, question, history } = judgement;
  const { ref, before, after, via, pull, repository } = question;
  if (after === zeroSha) return [];
  if (via === 'merge' && pull !== undefined) return reviewFindings(judgement, pull);
  if (before === zeroSha && (await newCommits(history, question)).length === 0) return [];
  const branch = ref.replace('refs/heads/', '');
  for (const open of forge.store.pulls.by('headSha', `${repository.id}/${after}`)) {
    if (open.state !== 'open' || open.baseRef !== branch) continue;
    if ((await reviewFindings(judgement, open)).length === 0) return [];
  }
  return [{ kind: 'ref', message: words.pullRequest() }];
};

async function reviewFindings(judgement: Judgement, pull: Pull): Promise<readonly Finding[]> {
  const { forge, question, parameters } = judgement;
  const { repository } = question;
  const dropStale = parameters['dismiss_stale_reviews_on_push'] === true;
  const { approvals, changesRequested } = reviewState(forge, repository, pull, dropStale);
  const messages: string[] = [];
  const count = Number(parameters['required_approving_review_count'] ?? 0);
  if (approvals.length < count) messages.push(words.reviews(count));
  if (changesRequested.length > 0) messages.push(words.changesRequested());
  if (parameters['require_last_push_approval'] === true) {
    const others = approvals.filter((one) => one.authorId !== pull.lastPusherId && one.commitSha === pull.headSha);
    if (others.length === 0) messages.push(words.lastPush());
  }
  if (parameters['required_review_thread_resolution'] === true) {
    const open = forge.store.reviewThreads.by('pull', pull.id).some((one) => isOpenThread(forge, one));
    if (open) messages.push(words.threads());
  }
  const elsewhere = reviewedElsewhere(forge, repository, pull);
  if (count > 0 && elsewhere !== undefined) messages.push(words.reviewElsewhere(elsewhere.number));
  messages.push(...(await ownerMessages(judgement, pull, approvals)));
  const findings: Finding[] = messages.map((message) => ({ kind: 'review', message }));
  const method = methodMessage(judgement);
  return method === undefined ? findings : [...findings, { kind: 'method', message: method }];
}

/** Not resolved, and said to everybody: comments of a pending review are nobody's yet. */
function isOpenThread(forge: Forge, thread: ReviewThread): boolean {
  if (thread.resolvedById !== null) return false;
  return forge.store.reviewComments
    .by('thread', thread.id)
    .some((comment) => forge.store.reviews.get(comment.reviewId)?.state !== 'PENDING');
}

/**
 * Another open pull request with the same head, where changes are requested (docs.github.com, "About protected
 * branches": such a review holds this one up too).
 */
function reviewedElsewhere(forge: Forge, repository: Repository, pull: Pull): Pull | undefined {
  return forge.store.pulls
    .by('headSha', `${repository.id}/${pull.headSha}`)
    .filter((one) => one.id !== pull.id && one.state === 'open')
    .find((one) => reviewState(forge, repository, one, false).changesRequested.length > 0);
}

async function ownerMessages(
  { forge, question, history, parameters }: Judgement,
  pull: Pull,
  approvals: readonly Review[],
): Promise<readonly string[]> {
  const { repository } = question;
  const byCode = parameters['require_code_owner_review'] === true;
  const reviewers = requiredReviewers(parameters);
  if (!byCode && reviewers.length === 0) return [];
  const paths = await changedPaths(history, pull.baseSha, pull.headSha);
  const messages: string[] = [];
  const text = byCode ? await readCodeOwners(history, pull.baseRef) : undefined;
  const missing = missingOwners(forge, repository, parseCodeOwners(text ?? ''), paths, approvals);
  if (missing.length > 0) messages.push(words.codeOwners(missing));
  for (const reviewer of reviewers) {
    if (!paths.some(reviewer.covers)) continue;
    const team = forge.store.teams.get(reviewer.teamId);
    const given = approvals.filter((one) => isTeamMember(forge, reviewer.teamId, one.authorId)).length;
    if (given < reviewer.count) {
      messages.push(words.requiredReviewer(team?.slug ?? String(reviewer.teamId), reviewer.count));
    }
  }
  return messages;
}

/** The last pattern that matches decides; `!` takes paths out again. */
function isReviewed(path: string, patterns: readonly string[]): boolean {
  const last = patterns.findLast((one) => fnmatch(one.replace(/^!?\/?/, ''), path));
  return last !== undefined && !last.startsWith('!');
}

export interface RequiredReviewer {
  readonly covers: (path: string) => boolean;
  readonly count: number;
  readonly teamId: number;
}

/** `required_reviewers`: teams that must approve what their paths cover. */
export function requiredReviewers(parameters: Readonly<Record<string, unknown>>): readonly RequiredReviewer[] {
  const list: unknown = parameters['required_reviewers'];
  return Array.isArray(list) ? list.map(readReviewer) : [];
}

function readReviewer(value: unknown): RequiredReviewer {
  const fields = typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : new Map();
  const patterns: unknown = fields.get('file_patterns');
  const reviewer: unknown = fields.get('reviewer');
  const id = typeof reviewer === 'object' && reviewer !== null && 'id' in reviewer ? Number(reviewer.id) : 0;
  const texts = Array.isArray(patterns) ? patterns.map(String) : [];
  return {
    covers: (path) => isReviewed(path, texts),
    count: Number(fields.get('minimum_approvals') ?? 0),
    teamId: id,
  };
}

function methodMessage({ question, parameters }: Judgement): string | undefined {
  const allowed: unknown = parameters['allowed_merge_methods'];
  const { method } = question;
  if (question.via !== 'merge' || method === undefined || !Array.isArray(allowed)) return undefined;
  return allowed.includes(method) ? undefined : words.method(method);
}
