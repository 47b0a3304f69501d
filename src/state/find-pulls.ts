import type { GitHub } from '../github/client.ts';

/** Numbers of the open pull requests into a branch; with a commit, of those whose head it is. */
export async function findPulls(
  github: GitHub,
  repository: string,
  base: string,
  headOid: string | undefined,
): Promise<readonly number[]> {
  const [owner = '', repo = ''] = repository.split('/');
  const pulls = await everyPage((page) =>
    github.request('GET /repos/{owner}/{repo}/pulls', { owner, repo, state: 'open', base, per_page: 100, page }),
  );
  return pulls.filter((pull) => headOid === undefined || pull.head.sha === headOid).map((pull) => pull.number);
}

/** All pages of a hundred. */
export async function everyPage<T>(
  read: (page: number) => Promise<{ readonly data: readonly T[] }>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (let page = 1; ; page++) {
    const { data } = await read(page);
    all.push(...data);
    if (data.length < 100) return all;
  }
}
