import { type GitHub, statusOf } from '../github/client.ts';

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
  const mark = `<!-- trunkline findings: ${wanted.name.replaceAll(/[^\w ./:@-]/g, '')} -->`;
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

/** Oldest first. */
async function openIssues(
  github: GitHub,
  owner: string,
  repo: string,
  mark: string,
): Promise<readonly { readonly number: number; readonly body: string }[]> {
  const found: { number: number; body: string }[] = [];
  for (let page = 1; page <= 10; page++) {
    const { data } = await github.request('GET /repos/{owner}/{repo}/issues', {
      owner,
      repo,
      state: 'open',
      sort: 'created',
      direction: 'asc',
      per_page: 100,
      page,
    });
    for (const { number, body, pull_request: pull } of data)
      if (pull === undefined && body?.includes(mark) === true) found.push({ number, body });
    if (data.length < 100) break;
  }
  return found;
}

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
