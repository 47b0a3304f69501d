import { type GitHub, statusOf } from '../github/client.ts';
import type { Digest } from '../model/digest.ts';
import { deployTask } from '../state/deployments.ts';
import { readPayload } from '../state/published.ts';

/** A deployment of one release, as GitHub records it. */
export interface DeployRecord {
  /** `owner/name` of the infra repository, and its commit that pins the release. */
  readonly repository: string;
  readonly commit: string;
  readonly environment: string;
  readonly service: string;
  readonly digest: Digest;
}

/**
 * Records that a release is being deployed; answers the record's id, undefined where GitHub recorded nothing. Where the
 * answer was lost, it is looked whether the record is there before it is made again.
 */
export async function openRecord(github: GitHub, what: DeployRecord): Promise<number | undefined> {
  const { service, environment, digest, commit } = what;
  const [owner = '', repo = ''] = what.repository.split('/');
  const task = `${deployTask}${service}`;
  for (let attempt = 1; ; attempt++) {
    try {
      const { data } = await github.request('POST /repos/{owner}/{repo}/deployments', {
        owner,
        repo,
        ref: commit,
        environment,
        task,
        auto_merge: false,
        required_contexts: [],
        description: `${service} ${digest}`.slice(0, 140),
        payload: { service, digest },
        request: { once: true },
      });
      return 'id' in data ? Number(data.id) : undefined;
    } catch (error) {
      if (attempt === 3 || ![500, 502, 503, 504].includes(statusOf(error) ?? 0)) throw error;
      const [newest] = (
        await github.request('GET /repos/{owner}/{repo}/deployments', {
          owner,
          repo,
          environment,
          task,
          sha: commit,
          per_page: 1,
        })
      ).data;
      if (newest === undefined || readPayload(newest.payload)['digest'] !== digest) continue;
      const { data: statuses } = await github.request(
        'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
        { owner, repo, deployment_id: Number(newest.id), per_page: 1 },
      );
      if (statuses.length === 0) return Number(newest.id);
    }
  }
}
