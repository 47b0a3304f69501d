import type { Observed } from '../../delivery/health/plan-health.ts';
import type { GitHub } from '../../github/client.ts';
import type { Pull } from '../../model/environment.ts';
import { everyPage } from '../find-pulls.ts';

/** So many commits of the branch are looked at: an agent that tells nothing of them is silent. */
const commitsBack = 20;

/** What is told of a service: the commit that it is about, and the reports, oldest first. */
export interface Told {
  readonly commit: string;
  readonly reports: readonly Observed[];
}

/**
 * Asks for what an agent told GitHub, by its name for a service: commit statuses on commits of the branch, newest commit that
 * has any: Argo CD's notifications (`argocd/NAME`, `continuous-delivery/NAME`) or Flux's (`kustomization/NAME/…`). Where its
 * login is known, what others say is passed over. The cluster is not asked. All services speak on the same commits, which
 * are read once.
 */
export function agentReports(
  github: GitHub,
  repository: string,
  branch: string,
  agent: Pick<Pull, 'by' | 'reporter'>,
): (name: string) => Promise<Told | undefined> {
  const [owner = '', repo = ''] = repository.split('/');
  const commits = once(async () => {
    const { data } = await github.request('GET /repos/{owner}/{repo}/commits', {
      owner,
      repo,
      sha: branch,
      per_page: commitsBack,
    });
    return data.map(({ sha }) => ({
      sha,
      statuses: once(() =>
        everyPage((page) =>
          github.request('GET /repos/{owner}/{repo}/commits/{ref}/statuses', {
            owner,
            repo,
            ref: sha,
            per_page: 100,
            page,
          }),
        ),
      ),
    }));
  });
  return async (name) => {
    for (const { sha, statuses } of await commits()) {
      const own = (await statuses()).filter(
        ({ context, creator }) => speaksOf(context, agent.by, name) && isFrom(creator, agent.reporter),
      );
      if (own.length === 0) continue;
      const reports = own.map(({ state, created_at, description }) => ({
        state: agent.by === 'flux' ? fluxState(state, description ?? '') : stateOf(state),
        at: created_at,
        description: description ?? '',
      }));
      // GitHub lists the newest first.
      return { commit: sha, reports: reports.reverse() };
    }
    return undefined;
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= read();
    return answer;
  };
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

/**
 * Flux says `success` of all that is no error, waiting for a dependency too; what it is stands in the description
 * (fluxcd.io, "Git commit status updates"). Without its source it cannot tell.
 */
function fluxState(state: string, reason: string): Observed['state'] {
  if (state === 'success') return /\bsucceeded$/.test(reason) ? 'SUCCESS' : 'IN_PROGRESS';
  return state === 'failure' && reason === 'artifact failed' ? 'ERROR' : stateOf(state);
}
