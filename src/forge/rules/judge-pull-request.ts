import { zeroSha } from '../git/refs.ts';
import type { Pull, Review } from '../rows.ts';
import { matchesPath, missingOwners, parseCodeOwners } from './code-owners.ts';
import { changedPaths, newCommits, readCodeOwners } from './history.ts';
import type { Finding, Judge, Judgement } from './judge.ts';
import { reviewState } from './review-state.ts';
import { sentences } from './sentences.ts';

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
  return [{ kind: 'ref', message: sentences.pullRequest }];
};

async function reviewFindings(judgement: Judgement, pull: Pull): Promise<readonly Finding[]> {
  const { forge, question, parameters } = judgement;
  const { repository } = question;
  const dropStale = parameters['dismiss_stale_reviews_on_push'] === true;
  const { approvals, changesRequested } = reviewState(forge, repository, pull, dropStale);
  const messages: string[] = [];
  const count = Number(parameters['required_approving_review_count'] ?? 0);
  if (approvals.length < count) messages.push(sentences.reviews(count));
  if (changesRequested.length > 0) messages.push(sentences.changesRequested);
  if (parameters['require_last_push_approval'] === true) {
    const others = approvals.filter((one) => one.authorId !== pull.lastPusherId && one.commitSha === pull.headSha);
    if (others.length === 0) messages.push(sentences.lastPush);
  }
  messages.push(...(await ownerMessages(judgement, pull, approvals)));
  const findings: Finding[] = messages.map((message) => ({ kind: 'review', message }));
  const method = methodMessage(judgement);
  return method === undefined ? findings : [...findings, { kind: 'method', message: method }];
}

async function ownerMessages(
  { forge, question, history, parameters }: Judgement,
  pull: Pull,
  approvals: readonly Review[],
): Promise<readonly string[]> {
  const { repository } = question;
  const byCode = parameters['require_code_owner_review'] === true;
  const wanted: unknown = parameters['required_reviewers'];
  const reviewers: readonly unknown[] = Array.isArray(wanted) ? wanted : [];
  if (!byCode && reviewers.length === 0) return [];
  const paths = await changedPaths(history, pull.baseSha, pull.headSha);
  const messages: string[] = [];
  const text = byCode ? await readCodeOwners(history, pull.baseRef) : undefined;
  const missing = missingOwners(forge, repository, parseCodeOwners(text ?? ''), paths, approvals);
  if (missing.length > 0) messages.push(sentences.codeOwners(missing));
  for (const reviewer of reviewers.map(readReviewer)) {
    if (!paths.some((path) => reviewer.patterns.some((pattern) => matchesPath(pattern, path)))) continue;
    const team = forge.store.teams.get(reviewer.teamId);
    const given = approvals.filter((one) => team?.memberIds.includes(one.authorId) === true).length;
    if (given < reviewer.count) {
      messages.push(sentences.requiredReviewer(team?.slug ?? String(reviewer.teamId), reviewer.count));
    }
  }
  return messages;
}

function readReviewer(value: unknown): { patterns: readonly string[]; count: number; teamId: number } {
  const fields = typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : new Map();
  const patterns: unknown = fields.get('file_patterns');
  const reviewer: unknown = fields.get('reviewer');
  const id = typeof reviewer === 'object' && reviewer !== null && 'id' in reviewer ? Number(reviewer.id) : 0;
  return {
    patterns: Array.isArray(patterns) ? patterns.map(String) : [],
    count: Number(fields.get('minimum_approvals') ?? 0),
    teamId: id,
  };
}

function methodMessage({ question, parameters }: Judgement): string | undefined {
  const allowed: unknown = parameters['allowed_merge_methods'];
  const { method } = question;
  if (question.via !== 'merge' || method === undefined || !Array.isArray(allowed)) return undefined;
  return allowed.includes(method) ? undefined : sentences.method(method);
}
