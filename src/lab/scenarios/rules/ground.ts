import type { Book } from '../book.ts';
import { attempt, sayRefusal } from '../deeds.ts';
import type { GitHubUnderTest } from '../github-under-test.ts';
import type { Api, Person } from '../person.ts';

/** What the acts of the rules' scenario work with: one repository of three people. */
export interface Ground {
  readonly github: GitHubUnderTest;
  readonly book: Book;
  readonly fullName: string;
  /** `owner` and `repo`, as the API wants them. */
  readonly where: { readonly owner: string; readonly repo: string };
  readonly owner: Person;
  readonly developer: Person;
  readonly reviewer: Person;
  /** Somebody with a token that GitHub never gave. */
  readonly stranger: Api;
}

/** Tries something that GitHub must refuse in these words. */
export async function refused(
  { book }: Ground,
  what: string,
  expected: string,
  pattern: RegExp,
  action: () => Promise<unknown>,
): Promise<void> {
  book.matches(what, expected, pattern, sayRefusal(await attempt(action)));
}

/** Does something that GitHub must allow. */
export async function allowed({ book }: Ground, what: string, action: () => Promise<unknown>): Promise<void> {
  book.same(what, 'it was done', sayRefusal(await attempt(action)));
}

/** Commits one file to a branch through the API; answers the commit. */
export async function writeFile(
  { where }: Ground,
  person: Person,
  branch: string,
  path: string,
  text: string,
): Promise<string> {
  const { data } = await person.api.rest.repos.createOrUpdateFileContents({
    ...where,
    branch,
    path,
    message: `Write ${path}`,
    content: Buffer.from(text).toString('base64'),
  });
  return data.commit.sha ?? '';
}

export async function tipOf({ where }: Ground, person: Person, branch: string): Promise<string> {
  const { data } = await person.api.rest.git.getRef({ ...where, ref: `heads/${branch}` });
  return data.object.sha;
}

/** A branch from main with one file of its own, and a pull request of it. */
export async function openPullOf(
  ground: Ground,
  person: Person,
  branch: string,
): Promise<{ number: number; head: string; id: string }> {
  const sha = await tipOf(ground, person, 'main');
  await person.api.rest.git.createRef({ ...ground.where, ref: `refs/heads/${branch}`, sha });
  const head = await writeFile(ground, person, branch, `${branch}.txt`, `${branch}\n`);
  const { data } = await person.api.rest.pulls.create({ ...ground.where, title: branch, head: branch, base: 'main' });
  return { number: data.number, head, id: data.node_id };
}

/** `state` and `mergeable_state` of a pull request, as REST says it. */
export async function stateOf({ where }: Ground, person: Person, number: number): Promise<string> {
  const { data } = await person.api.rest.pulls.get({ ...where, pull_number: number });
  return `${data.merged ? 'merged' : data.state} ${data.mergeable_state}`;
}
