import { TrunklineError } from '../../errors.ts';
import type { Ports } from '../../ports.ts';
import { split } from '../scenarios/deeds.ts';
import type { Api } from '../scenarios/person.ts';

const patience = 30 * 60_000;

/**
 * Resolves when for `settle` milliseconds no run of these repositories began or changed, none is unfinished, and no
 * pull request that may merge by itself is about to.
 * @throws LAB_FAILED after half an hour
 */
export async function waitUntilQuiet(
  api: Api,
  repositories: readonly string[],
  settle: number,
  { clock, interrupted }: Pick<Ports, 'clock' | 'interrupted'>,
): Promise<void> {
  const started = clock.now();
  let before = '';
  for (let quietSince = started; ; ) {
    const looks = await Promise.all(repositories.map((name) => look(api, name)));
    const seen = JSON.stringify(looks.map((one) => one.seen));
    const busy = looks.some((one) => one.busy);
    if (busy || seen !== before) quietSince = clock.now();
    else if (clock.now() - quietSince >= settle) return;
    before = seen;
    if (clock.now() - started > patience) {
      throw new TrunklineError(
        'LAB_FAILED',
        `expected ${repositories.join(' and ')} to come to rest, found them busy`,
        {
          hint: 'see whether a run waits for a runner or for an approval',
        },
      );
    }
    await clock.sleep(Math.min(Math.max(settle / 2, 100), 5000), interrupted);
  }
}

async function look(api: Api, repository: string): Promise<{ busy: boolean; seen: unknown }> {
  const where = split(repository);
  try {
    const { data: runs } = await api.rest.actions.listWorkflowRunsForRepo({ ...where, per_page: 50 });
    const { data: pulls } = await api.rest.pulls.list({ ...where, state: 'open', per_page: 100 });
    const armed = await Promise.all(
      pulls
        .filter(({ auto_merge }) => auto_merge !== null)
        .map(({ number }) => api.rest.pulls.get({ ...where, pull_number: number })),
    );
    const merging = armed.some(({ data }) => data.mergeable_state === 'clean' || data.mergeable_state === 'unknown');
    const unfinished = runs.workflow_runs.some(({ status }) => status !== 'completed');
    return {
      busy: merging || unfinished,
      seen: [
        runs.workflow_runs.map(({ id, status, run_attempt }) => [id, status, run_attempt]),
        pulls.map(({ number, head }) => [number, head.sha]),
      ],
    };
  } catch (error) {
    // Before it is made, nothing happens in it.
    if ((error as { status?: unknown }).status === 404) return { busy: false, seen: 'none' };
    throw error;
  }
}
