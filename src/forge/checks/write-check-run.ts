import { validationFailed } from '../body.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type Identity } from '../http.ts';
import { requirePermission } from '../permissions.ts';
import type { CheckRun, CheckSuite, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';

export type CheckRunChange = Partial<
  Pick<
    CheckRun,
    'name' | 'status' | 'conclusion' | 'startedAt' | 'completedAt' | 'detailsUrl' | 'externalId' | 'output'
  >
>;

/** Opens a check run as the identity's App. @throws ApiError 403 for anything that is no App. */
export function createCheckRun(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  input: CheckRunChange & { readonly name: string; readonly sha: string },
): CheckRun {
  requirePermission(forge, identity, repository, 'checks', 'write');
  const { appId } = identity;
  if (appId === undefined) throw new ApiError(403, words.appOnly());
  return forge.store.transaction(() => {
    const suite = openSuite(forge, repository, appId, input.sha);
    const at = timestamp(forge);
    const { sha, ...change } = input;
    const run: CheckRun = complete(forge, {
      // Jobs are check runs too and share their ids, as on GitHub.
      id: forge.store.next('checkRuns'),
      repositoryId: repository.id,
      suiteId: suite.id,
      appId,
      sha,
      status: 'queued',
      conclusion: null,
      startedAt: at,
      completedAt: null,
      detailsUrl: null,
      externalId: '',
      output: { title: null, summary: null, text: null, annotations: [] },
      createdAt: at,
      ...change,
    });
    forge.store.checkRuns.put(run);
    raiseEvent(forge, { name: 'check_run', action: 'created', repository, identity, checkRun: run });
    if (run.status === 'completed') raiseCompleted(forge, identity, repository, run);
    return run;
  });
}

/** Changes a check run of the identity's own App. @throws ApiError 403 */
export function updateCheckRun(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  run: CheckRun,
  change: CheckRunChange,
): CheckRun {
  requirePermission(forge, identity, repository, 'checks', 'write');
  if (identity.appId !== run.appId)
    throw new ApiError(
      403,
      'Invalid app_id `' +
        String(identity.appId) +
        '` - check run can only be modified by the GitHub App that created it.',
    );
  return forge.store.transaction(() => {
    const annotations = [...run.output.annotations, ...(change.output?.annotations ?? [])];
    const changed = complete(forge, { ...run, ...change, output: { ...run.output, ...change.output, annotations } });
    forge.store.checkRuns.put(changed);
    if (changed.status === 'completed' && run.status !== 'completed')
      raiseCompleted(forge, identity, repository, changed);
    return changed;
  });
}

/** A run's end, and with the last one its suite's. */
function raiseCompleted(forge: Forge, identity: Identity, repository: Repository, checkRun: CheckRun): void {
  raiseEvent(forge, { name: 'check_run', action: 'completed', repository, identity, checkRun });
  const checkSuite = forge.store.checkSuites.get(checkRun.suiteId);
  const runs = forge.store.checkRuns.by('suite', checkRun.suiteId);
  if (checkSuite === undefined || runs.some((one) => one.status !== 'completed')) return;
  raiseEvent(forge, { name: 'check_suite', action: 'completed', repository, identity, checkSuite });
}

/** A conclusion completes; completion needs one. */
function complete(forge: Forge, run: CheckRun): CheckRun {
  if (run.conclusion !== null) {
    return { ...run, status: 'completed', completedAt: run.completedAt ?? timestamp(forge) };
  }
  if (run.status !== 'completed') return run;
  throw validationFailed({ resource: 'CheckRun', code: 'missing_field', field: 'conclusion' });
}

function openSuite(forge: Forge, repository: Repository, appId: number, sha: string): CheckSuite {
  const held = forge.store.checkSuites
    .by('commit', `${repository.id}/${sha}`)
    .find((suite) => suite.appId === appId && suite.runId === undefined);
  if (held !== undefined) return held;
  const pull = forge.store.pulls.by('headSha', `${repository.id}/${sha}`).find((one) => one.state === 'open');
  const suite: CheckSuite = {
    id: forge.store.next('checkSuites'),
    repositoryId: repository.id,
    appId,
    sha,
    branch: pull?.headRef ?? null,
    createdAt: timestamp(forge),
  };
  forge.store.checkSuites.put(suite);
  return suite;
}
