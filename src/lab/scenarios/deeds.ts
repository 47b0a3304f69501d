import { TrunklineError } from '../../errors.ts';
import type { Clone } from './clone.ts';
import type { Person } from './person.ts';

/** `owner/name`, as the API wants it. */
export function split(repository: string): { owner: string; repo: string } {
  const [owner = '', repo = ''] = repository.split('/');
  return { owner, repo };
}

export interface Pull {
  readonly repository: string;
  readonly number: number;
  readonly title: string;
  readonly headSha: string;
  readonly headRef: string;
  readonly base: string;
  readonly author: string;
  readonly byBot: boolean;
  readonly open: boolean;
  readonly merged: boolean;
  readonly mergeSha: string | null;
  readonly mergedBy: string | null;
  readonly url: string;
}

/** GitHub's answer to somebody who was refused; undefined when it was done. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

export async function openPull(
  person: Person,
  repository: string,
  change: { branch: string; from: string; base: string; title: string; edit: (clone: Clone) => Promise<void> },
): Promise<Pull> {
  const clone = await person.clone(repository);
  await clone.startBranch(change.branch, change.from);
  await change.edit(clone);
  await clone.commit(change.title);
  const { taken, said } = await clone.push(`refs/heads/${change.branch}`);
  if (!taken) {
    throw new TrunklineError(
      'GITHUB_REFUSED',
      `${person.login} could not push ${change.branch} to ${repository}: ${said}`,
    );
  }
  const { data } = await person.api.rest.pulls.create({
    ...split(repository),
    title: change.title,
    head: change.branch,
    base: change.base,
  });
  return readPull(person, repository, data.number);
}

export async function readPull(person: Person, repository: string, number: number): Promise<Pull> {
  const { data } = await person.api.rest.pulls.get({ ...split(repository), pull_number: number });
  return {
    repository,
    number,
    title: data.title,
    headSha: data.head.sha,
    headRef: data.head.ref,
    base: data.base.ref,
    author: data.user.login,
    byBot: data.user.type === 'Bot',
    open: data.state === 'open',
    merged: data.merged,
    mergeSha: data.merge_commit_sha,
    mergedBy: data.merged_by?.login ?? null,
    url: data.html_url,
  };
}

/** Pull requests with a number above one that was seen before, oldest first. */
export async function pullsAfter(person: Person, repository: string, number: number): Promise<readonly Pull[]> {
  const { data } = await person.api.rest.pulls.list({ ...split(repository), state: 'all', per_page: 100 });
  const numbers = data.map((pull) => pull.number).filter((one) => one > number);
  return Promise.all(numbers.sort((a, b) => a - b).map((one) => readPull(person, repository, one)));
}

export async function lastPullNumber(person: Person, repository: string): Promise<number> {
  const { data } = await person.api.rest.pulls.list({ ...split(repository), state: 'all', per_page: 100 });
  return Math.max(0, ...data.map((pull) => pull.number));
}

export function approve(person: Person, pull: Pull): Promise<Refusal | undefined> {
  return attempt(() =>
    person.api.rest.pulls.createReview({ ...split(pull.repository), pull_number: pull.number, event: 'APPROVE' }),
  );
}

export function merge(person: Person, pull: Pull): Promise<Refusal | undefined> {
  return attempt(() =>
    person.api.rest.pulls.merge({ ...split(pull.repository), pull_number: pull.number, merge_method: 'squash' }),
  );
}

/** Does it, and answers GitHub's refusal; anything else that goes wrong is thrown. */
export async function attempt(action: () => Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    const status = error instanceof Error ? (error as { status?: unknown }).status : undefined;
    if (typeof status === 'number' && status >= 400 && status < 500) {
      return { status, message: (error as Error).message };
    }
    throw error;
  }
}

export function sayRefusal(refusal: Refusal | undefined): string {
  return refusal === undefined ? 'it was done' : `${refusal.status} ${refusal.message}`;
}
