import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';

/** An artifact of the run that built one commit. */
export interface CommitArtifact {
  readonly id: number;
  readonly name: string;
  readonly run: number;
  readonly url: string;
}

/**
 * The newest artifact of a name that a successful run of the repository itself uploaded for exactly this commit: never
 * the latest of another, and never one of a fork's pull request, whose head may have any name.
 * @throws NOT_FOUND where there is none, or it has expired
 */
export async function findArtifact(
  github: GitHub,
  repository: string,
  commit: string,
  name: string,
): Promise<CommitArtifact> {
  const [owner = '', repo = ''] = repository.split('/');
  const { data } = await github.request('GET /repos/{owner}/{repo}/actions/runs', {
    owner,
    repo,
    head_sha: commit,
    per_page: 100,
  });
  const runs = data.workflow_runs
    .filter((run) => run.head_sha === commit && run.event !== 'pull_request')
    .filter((run) => run.head_repository?.id === run.repository.id)
    .map(({ id, name: title, path, status, conclusion }) => ({
      id: Number(id),
      name: title ?? path,
      status,
      conclusion,
    }));
  const expired: { readonly at: string | null; readonly run: number }[] = [];
  for (const run of runs.filter((one) => one.conclusion === 'success').sort((a, b) => b.id - a.id)) {
    const answer = await github.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts', {
      owner,
      repo,
      run_id: run.id,
      name,
      per_page: 100,
    });
    const named = answer.data.artifacts.filter((one) => one.name === name);
    const found = named.find((one) => !one.expired);
    if (found !== undefined) return { id: found.id, name, run: run.id, url: found.archive_download_url };
    expired.push(...named.map((one) => ({ at: one.expires_at, run: run.id })));
  }
  const [gone] = expired;
  if (gone !== undefined)
    throw new TrunklineError(
      'NOT_FOUND',
      `expected the artifact "${name}" of ${commit.slice(0, 12)}, found one that expired${gone.at === null ? '' : ` on ${gone.at.slice(0, 10)}`} (run ${gone.run})`,
      {
        hint: `build that commit once more: gh run rerun ${gone.run} --repo ${repository}; then keep it longer: retention-days`,
      },
    );
  const said = runs.map((run) => `${run.name} ${run.id}: ${run.conclusion ?? run.status}`).slice(0, 5);
  throw new TrunklineError(
    'NOT_FOUND',
    `expected the artifact "${name}" of a run that succeeded on ${commit.slice(0, 12)}, found none (${said.join(', ') || 'no run of this commit'})`,
    { hint: 'the tag must be on a commit whose build is over and went well; the artifact of another commit is not it' },
  );
}
