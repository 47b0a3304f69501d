import { type GitHub, statusOf } from '../github/client.ts';
import { everyPage } from '../state/find-pulls.ts';

export interface FindingsIssue {
  /** By which it is found again, whatever somebody makes of its title: `scan of ghcr.io/acme/api`. */
  readonly name: string;
  readonly title: string;
  /** Undefined where nothing is found any more. */
  readonly body: string | undefined;
}

/**
 * One issue for one name, however often it is looked: opened at the first finding, renewed without a word to anybody while
 * there are some, closed when there are none. Of two that two runs opened at once, the older stays. Answers what was done.
 */
export async function keepFindingsIssue(github: GitHub, repository: string, wanted: FindingsIssue): Promise<string> {
  const [owner = '', repo = ''] = repository.split('/');
  const mark = `<!-- trunkline findings: ${wanted.name.replaceAll(/[^\w ./:@]/gu, (one) => encodeURIComponent(one).replace('-', '%2D'))} -->`;
  const open = await openIssues(github, owner, repo, mark);
  const [issue, ...doubles] = open;
  for (const double of doubles) await close(github, owner, repo, double.number, `The same as #${issue?.number}.`);
  if (wanted.body === undefined) {
    if (issue === undefined) return 'no issue is open';
    await close(github, owner, repo, issue.number, 'Nothing is found any more.');
    return `#${issue.number} is closed: nothing is found any more`;
  }
  const body = `${wanted.body}\n\n${mark}`;
  if (issue === undefined) {
    const { data } = await github.request('POST /repos/{owner}/{repo}/issues', {
      owner,
      repo,
      title: wanted.title,
      body,
    });
    return `#${data.number} is opened`;
  }
  if (issue.body === body) return `#${issue.number} says it already`;
  await github.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
    owner,
    repo,
    issue_number: issue.number,
    body,
  });
  return `#${issue.number} is renewed`;
}

/**
 * Oldest first. In a public repository anybody can write the mark into an issue of their own, which is neither ours to write to
 * nor a reason to close ours.
 */
async function openIssues(
  github: GitHub,
  owner: string,
  repo: string,
  mark: string,
): Promise<readonly { readonly number: number; readonly body: string }[]> {
  const all = await everyPage((page) =>
    github.request('GET /repos/{owner}/{repo}/issues', {
      owner,
      repo,
      state: 'open',
      sort: 'created',
      direction: 'asc',
      per_page: 100,
      page,
    }),
  );
  return all.flatMap(({ number, body, pull_request: pull, user, author_association: author }) =>
    pull === undefined && body?.includes(mark) === true && (user?.type === 'Bot' || insiders.has(author ?? ''))
      ? [{ number, body }]
      : [],
  );
}

const insiders: ReadonlySet<string> = new Set(['OWNER', 'MEMBER', 'COLLABORATOR']);

async function close(github: GitHub, owner: string, repo: string, number: number, why: string): Promise<void> {
  const where = { owner, repo, issue_number: number };
  try {
    await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...where, body: why });
  } catch (error) {
    // A locked issue takes no word, and can be closed.
    if (statusOf(error) !== 403) throw error;
  }
  await github.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', { ...where, state: 'closed' });
}
