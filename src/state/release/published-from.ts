import type { GitHub } from '../../github/client.ts';
import { type Digest, isDigest } from '../../model/digest.ts';
import { publishedEnvironment } from '../../model/github-environments.ts';
import { readPayload } from '../published.ts';

/** A release as it was recorded where it was built. */
export interface PublishedFrom {
  readonly service: string;
  readonly digest: Digest;
  readonly commit: string;
  readonly image?: string;
  readonly ref?: string;
}

/** What was published of a repository, newest first: of one commit, or lately (the newest hundred records). */
export async function readPublishedFrom(
  github: GitHub,
  repository: string,
  commit?: string,
): Promise<readonly PublishedFrom[]> {
  const [owner = '', repo = ''] = repository.split('/');
  const { data } = await github.request('GET /repos/{owner}/{repo}/deployments', {
    owner,
    repo,
    environment: publishedEnvironment,
    per_page: 100,
    ...(commit === undefined ? {} : { sha: commit }),
  });
  return data.flatMap(({ sha, payload }): PublishedFrom[] => {
    const { service, digest, image, ref } = readPayload(payload);
    if (typeof service !== 'string' || typeof digest !== 'string' || !isDigest(digest)) return [];
    if (commit !== undefined && sha !== commit) return [];
    return [
      {
        service,
        digest,
        commit: sha,
        ...(typeof image === 'string' ? { image } : {}),
        ...(typeof ref === 'string' ? { ref } : {}),
      },
    ];
  });
}
