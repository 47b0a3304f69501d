import { TrunklineError } from '../../errors.ts';
import { type GitHub, statusOf } from '../../github/client.ts';

/** A tag may point at another tag, though hardly anybody does that. */
const deepest = 5;

/** The commit behind a tag, as GitHub has it now; of an annotated tag, the one it speaks of. @throws NOT_FOUND */
export async function readTagCommit(github: GitHub, repository: string, tag: string): Promise<string> {
  const [owner = '', repo = ''] = repository.split('/');
  const absent = (found: string, cause?: unknown): TrunklineError =>
    new TrunklineError('NOT_FOUND', `expected the tag ${tag} on a commit of ${repository}, found ${found}`, {
      hint: `git push origin ${tag}`,
      cause,
    });
  let object: { readonly type: string; readonly sha: string };
  try {
    object = (await github.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { owner, repo, ref: `tags/${tag}` })).data
      .object;
  } catch (error) {
    if (statusOf(error) === 404) throw absent('no such tag', error);
    throw error;
  }
  for (let depth = 0; object.type === 'tag' && depth < deepest; depth++) {
    object = (
      await github.request('GET /repos/{owner}/{repo}/git/tags/{tag_sha}', { owner, repo, tag_sha: object.sha })
    ).data.object;
  }
  if (object.type !== 'commit') throw absent(`a ${object.type}`);
  return object.sha;
}
