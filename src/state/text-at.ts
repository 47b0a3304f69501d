import { type GitHub, statusOf } from '../github/client.ts';

/** A file of a repository, at its default branch unless a ref is named; undefined where there is none. */
export async function textAt(
  github: GitHub,
  repository: string,
  path: string,
  ref?: string,
): Promise<string | undefined> {
  const [owner = '', repo = ''] = repository.split('/');
  try {
    const { data } = await github.request('GET /repos/{owner}/{repo}/contents/{path}', {
      owner,
      repo,
      path,
      ...(ref === undefined ? {} : { ref }),
      mediaType: { format: 'raw' },
    });
    return String(data);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
