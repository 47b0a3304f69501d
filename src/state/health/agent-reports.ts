import type { Observed } from '../../delivery/health/plan-health.ts';
import type { GitHub } from '../../github/client.ts';
import type { Pull } from '../../model/environment.ts';

/** So many commits of the branch are looked at: an agent that tells nothing of them is silent. */
const commitsBack = 20;

/**
 * What an agent told GitHub of a service, as commit statuses on commits of the branch, newest commit that has any: Argo CD's
 * notifications (`argocd/NAME`, `continuous-delivery/NAME`) or Flux's (`kustomization/NAME/…`). Where its login is known, what
 * others say is passed over. The cluster is not asked.
 */
export async function readAgentReports(
  github: GitHub,
  repository: string,
  branch: string,
  agent: Pick<Pull, 'by' | 'reporter'>,
  name: string,
): Promise<{ readonly commit: string; readonly reports: readonly Observed[] } | undefined> {
  const [owner = '', repo = ''] = repository.split('/');
  const { data: commits } = await github.request('GET /repos/{owner}/{repo}/commits', {
    owner,
    repo,
    sha: branch,
    per_page: commitsBack,
  });
  for (const { sha } of commits) {
    const { data } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}/statuses', {
      owner,
      repo,
      ref: sha,
      per_page: 100,
    });
    const own = data.filter(
      ({ context, creator }) => speaksOf(context, agent.by, name) && isFrom(creator, agent.reporter),
    );
    if (own.length === 0) continue;
    const reports = own.map(({ state, created_at, description }) => ({
      state: stateOf(state),
      at: created_at,
      description: description ?? '',
    }));
    // GitHub lists the newest first.
    return { commit: sha, reports: reports.reverse() };
  }
  return undefined;
}

/** GitHub compares logins without regard to case. */
function isFrom(creator: { readonly login: string } | null, reporter: string | undefined): boolean {
  return reporter === undefined || creator?.login.toLowerCase() === reporter.toLowerCase();
}

function speaksOf(context: string, agent: Pull['by'], name: string): boolean {
  if (agent === 'argocd') return context === `argocd/${name}` || context === `continuous-delivery/${name}`;
  return context.startsWith(`kustomization/${name}/`);
}

function stateOf(state: string): Observed['state'] {
  switch (state) {
    case 'success':
      return 'SUCCESS';
    case 'pending':
      return 'IN_PROGRESS';
    case 'failure':
      return 'FAILURE';
    default:
      return 'ERROR';
  }
}
