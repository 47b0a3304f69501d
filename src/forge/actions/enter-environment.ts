import { payloadOf } from '../events/payload.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { raiseHooks } from '../hooks/raise-hooks.ts';
import type { EnvironmentRow, JobRow, PendingDeployment } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { refusedByBranchPolicy } from './branch-policy.ts';
import { ensureEnvironment } from './environments.ts';
import { jobRow, runRow } from './find-run.ts';
import { openJobDeployment, setJobDeployment } from './job-deployment.ts';
import { actionsIdentity } from './raise-job-events.ts';
import { setWaiting } from './set-waiting.ts';

export type Entry = { readonly entered: true } | { readonly entered: false; readonly reason: string };

/**
 * Waits until an environment's protection rules let a job in: its branch policy at once, its wait timer, and one of
 * its reviewers. An environment that does not exist is made without protection, as on GitHub. What was already
 * waited for before a kill still counts. Rejects with the signal's reason when it is aborted.
 */
export async function enterEnvironment(
  forge: Forge,
  jobId: number,
  wanted: { readonly name: string; readonly url?: string; readonly deployment: boolean },
  signal: AbortSignal,
): Promise<Entry> {
  signal.throwIfAborted();
  const { entry, environment } = beginEntry(forge, jobId, wanted);
  for (;;) {
    const changed = nextChange(forge, signal);
    try {
      const verdict = decide(forge, entry.id, environment);
      if (verdict !== undefined) return finishEntry(forge, entry.id, verdict, wanted.url);
      await changed.soon(untilTimer(forge, entry.id));
    } finally {
      changed.stop();
    }
  }
}

function beginEntry(
  forge: Forge,
  jobId: number,
  wanted: { readonly name: string; readonly deployment: boolean },
): { entry: PendingDeployment; environment: EnvironmentRow } {
  const { store } = forge;
  return store.transaction(() => {
    const job = jobRow(forge, jobId);
    const environment = ensureEnvironment(forge, job.repositoryId, wanted.name);
    const known = store.pendingDeployments.by('job', jobId).find((one) => one.environmentId === environment.id);
    if (known !== undefined) return { entry: known, environment };
    const deploymentId = wanted.deployment ? openJobDeployment(forge, job, environment.name).id : null;
    const waits = environment.waitTimer > 0;
    const rules = environment.protectionRules ?? [];
    const entry: PendingDeployment = {
      id: store.next('pendingDeployments'),
      repositoryId: job.repositoryId,
      runId: job.runId,
      jobId,
      environmentId: environment.id,
      deploymentId,
      waitUntil: waits ? timestamp(forge, environment.waitTimer * 60_000) : null,
      approvals: [],
      gates: rules.map(({ appId }) => ({ appId, state: 'pending', comment: '' })),
      state: 'waiting',
    };
    store.pendingDeployments.put(entry);
    if (deploymentId !== null) for (const { appId } of rules) askApp(forge, job, environment, deploymentId, appId);
    if (waits || environment.reviewers.length + rules.length > 0) {
      if (deploymentId !== null) setJobDeployment(forge, job, deploymentId, 'waiting');
      setWaiting(forge, job, true);
      if (environment.reviewers.length > 0) raiseRequested(forge, job, environment);
    }
    return { entry, environment };
  });
}

/** Asks an App whose protection rule the environment has: by its webhook, as GitHub does. */
function askApp(forge: Forge, job: JobRow, environment: EnvironmentRow, deploymentId: number, appId: number): void {
  const repository = forge.store.repositories.get(job.repositoryId);
  const deployment = forge.store.deployments.get(deploymentId);
  const installation = forge.store.installations.by('app', appId).find((one) => one.accountId === repository?.ownerId);
  if (repository === undefined || deployment === undefined || installation === undefined) return;
  const run = runRow(forge, job.runId);
  const what = { name: 'deployment_protection_rule', action: 'requested', environment, run, deployment } as const;
  const identity = actionsIdentity(forge);
  raiseHooks(forge, {
    name: what.name,
    repository,
    installation,
    payload: () => payloadOf(forge, repository, identity, what),
  });
}

function raiseRequested(forge: Forge, job: JobRow, environment: EnvironmentRow): void {
  const repository = forge.store.repositories.get(job.repositoryId);
  const run = runRow(forge, job.runId);
  const what = { name: 'deployment_review', action: 'requested', run, environment } as const;
  if (repository !== undefined) raiseEvent(forge, { ...what, repository, identity: actionsIdentity(forge) });
}

function decide(forge: Forge, entryId: number, environment: EnvironmentRow): Entry | undefined {
  const entry = forge.store.pendingDeployments.get(entryId);
  const repository = forge.store.repositories.get(environment.repositoryId);
  if (entry === undefined || repository === undefined) return { entered: false, reason: 'The run is gone.' };
  if (entry.state === 'entered') return { entered: true };
  const run = runRow(forge, entry.runId);
  const refusal = refusedByBranchPolicy(forge, repository, environment, run.ref);
  if (refusal !== undefined) return { entered: false, reason: refusal };
  const gates = entry.gates ?? [];
  if ([...entry.approvals, ...gates].some((one) => one.state === 'rejected'))
    return { entered: false, reason: "The deployment was rejected or didn't satisfy other protection rules." };
  const approved = environment.reviewers.length === 0 || entry.approvals.some((one) => one.state === 'approved');
  const timed = entry.waitUntil === null || Date.parse(entry.waitUntil) <= forge.clock.now();
  return approved && timed && gates.every((one) => one.state === 'approved') ? { entered: true } : undefined;
}

function finishEntry(forge: Forge, entryId: number, verdict: Entry, url: string | undefined): Entry {
  const { store } = forge;
  return store.transaction(() => {
    const entry = store.pendingDeployments.get(entryId);
    if (entry === undefined) return verdict;
    const job: JobRow = jobRow(forge, entry.jobId);
    store.pendingDeployments.put({ ...entry, state: verdict.entered ? 'entered' : 'refused' });
    if (entry.deploymentId !== null)
      setJobDeployment(forge, job, entry.deploymentId, verdict.entered ? 'queued' : 'failure', url);
    setWaiting(forge, job, false);
    return verdict;
  });
}

function untilTimer(forge: Forge, entryId: number): number | undefined {
  const until = forge.store.pendingDeployments.get(entryId)?.waitUntil;
  const left = until === null || until === undefined ? 0 : Date.parse(until) - forge.clock.now();
  return left > 0 ? left : undefined;
}

/** Listens from now on, so that no approval falls between looking and waiting. */
function nextChange(
  forge: Forge,
  signal: AbortSignal,
): { soon: (ms: number | undefined) => Promise<void>; stop: () => void } {
  const ended = new AbortController();
  let wake = (): void => {};
  const touched = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const stopWatching = forge.store.watch((names) => {
    if (names.has('pendingDeployments')) wake();
  });
  return {
    soon: async (ms) => {
      const both = AbortSignal.any([signal, ended.signal]);
      const aborted = new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: ended.signal });
      });
      signal.throwIfAborted();
      const timer =
        ms === undefined
          ? []
          : [
              forge.clock.sleep(ms, both).catch((error: unknown) => {
                if (!ended.signal.aborted) throw error;
              }),
            ];
      await Promise.race([touched, aborted, ...timer]);
    },
    stop: () => {
      stopWatching();
      ended.abort();
    },
  };
}
