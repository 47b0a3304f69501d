import type { Operation, Plan } from '../delivery/plan.ts';
import { TrunklineError } from '../errors.ts';
import { type GitHub, statusOf } from '../github/client.ts';
import { publishedEnvironment } from '../model/github-environments.ts';
import type { Clock, Ports } from '../ports.ts';
import { acknowledgeAll } from './acknowledge.ts';
import { type Arming, armAll, bodyField } from './arm.ts';
import { writeBatches } from './batch.ts';
import { closeAll } from './close.ts';
import { issuePart } from './issue.ts';
import { openPulls, updatePull } from './open-pull.ts';
import type { Pace } from './pace.ts';
import { mutateTogether } from './together.ts';

export interface ApplyContext {
  readonly github: GitHub;
  /** `owner/name` of the infra repository. */
  readonly repository: string;
  readonly clock: Clock;
  readonly random: Ports['random'];
  readonly signal: AbortSignal;
  readonly pace: Pace;
}

/** What was done, a line each, and the pull requests by branch. */
export interface Applied {
  readonly done: readonly string[];
  readonly pulls: ReadonlyMap<string, { readonly number: number; readonly url: string }>;
}

type Of<Kind extends Operation['kind']> = Operation & { readonly kind: Kind };

/**
 * Carries a plan out: first what opens and renews pull requests, then what arms them, then what they take the place of,
 * acknowledgements last. Like goes with like in one request. Every operation can be said again after a kill at any point.
 * The only writer of delivery.
 */
export async function applyPlan(plan: Plan, context: ApplyContext): Promise<Applied> {
  const of = <Kind extends Operation['kind']>(kind: Kind): readonly Of<Kind>[] =>
    plan.operations.filter((one): one is Of<Kind> => one.kind === kind);
  const done: string[] = [];
  const pulls = new Map<string, { number: number; url: string }>();
  const armings: Arming[] = [];
  for (const operation of of('record')) done.push(await recordRelease(context, operation));
  for (const operation of of('create-branch')) done.push(await createBranch(context, operation));
  for (const operation of of('disarm')) done.push(await disarm(context, operation));
  const opens = of('open');
  const opened = await openPulls(context, opens);
  const updates = of('update');
  const renewed = [];
  for (const operation of updates) renewed.push(await updatePull(context, operation, operation.pull));
  for (const [index, operation] of [...opens, ...updates].entries()) {
    const pull = [...opened, ...renewed][index];
    if (pull === undefined) continue;
    pulls.set(operation.branch, { number: pull.number, url: pull.url });
    done.push(`${operation.title}: ${pull.adopted ? 'found' : 'opened'} #${pull.number} ${pull.url}`);
    if (operation.merge === 'manual' || (pull.armed === true && operation.merge !== 'now')) continue;
    const { commit, issue, repositoryId } = operation;
    const beside = issue === undefined ? {} : { beside: issuePart(repositoryId, issue, pull.number) };
    armings.push({ pull, headOid: pull.headOid, commit, method: 'SQUASH', now: operation.merge === 'now', ...beside });
  }
  for (const { pull, headOid, commit, now = false, body, issue, repositoryId } of of('arm')) {
    const beside = issue === undefined ? {} : { beside: issuePart(repositoryId, issue, pull.number) };
    armings.push({ pull, headOid, commit, method: 'SQUASH', now, ...(body === undefined ? {} : { body }), ...beside });
  }
  const batches = await writeBatches(context, of('batch'));
  for (const { branch, pull, headOid, armed, said } of batches.written) {
    pulls.set(branch, { number: pull.number, url: pull.url });
    done.push(said);
    if (!armed) armings.push({ pull, headOid, commit: { headline: '', body: '' }, method: 'REBASE' });
  }
  done.push(...(await armAll(context, armings)));
  // What became of the rest is not known: everything is read again before anything is closed or acknowledged.
  if (batches.overtaken !== undefined) throw batches.overtaken;
  done.push(...(await closeAll(context, of('close'), pulls)));
  for (const operation of of('delete-branch')) done.push(await deleteBranch(context, operation));
  for (const operation of of('status')) done.push(await setStatus(context, operation));
  done.push(...(await acknowledgeAll(context, of('acknowledge'), pulls)));
  return { done, pulls };
}

async function setStatus(context: ApplyContext, operation: Of<'status'>): Promise<string> {
  const [owner = '', repo = ''] = context.repository.split('/');
  await context.pace(1);
  await context.github.request('POST /repos/{owner}/{repo}/statuses/{sha}', {
    owner,
    repo,
    sha: operation.sha,
    state: operation.state,
    context: operation.context,
    description: operation.description,
    ...(operation.url === undefined ? {} : { target_url: operation.url }),
  });
  return `${operation.context}: ${operation.state}, ${operation.description}`;
}

async function recordRelease(context: ApplyContext, { ref, description, payload }: Of<'record'>): Promise<string> {
  const [owner = '', repo = ''] = context.repository.split('/');
  await context.pace(1);
  const { github } = context;
  try {
    await github.request('POST /repos/{owner}/{repo}/deployments', {
      owner,
      repo,
      ref,
      environment: publishedEnvironment,
      task: 'publish',
      auto_merge: false,
      required_contexts: [],
      description: description.slice(0, 140),
      payload: { ...payload },
      request: { once: true },
    });
  } catch (error) {
    if (![500, 502, 503, 504].includes(statusOf(error) ?? 0)) throw error;
    throw new TrunklineError('CONFLICT', 'the answer to a write was lost, and it is not known whether it was done', {
      cause: error,
    });
  }
  return `recorded ${description}`;
}

async function createBranch(context: ApplyContext, operation: Of<'create-branch'>): Promise<string> {
  const [owner = '', repo = ''] = operation.repository.split('/');
  await context.pace(1);
  await context.github.request('POST /repos/{owner}/{repo}/git/refs', {
    owner,
    repo,
    ref: `refs/heads/${operation.branch}`,
    sha: operation.sha,
  });
  return `made ${operation.branch} at ${operation.sha}`;
}

async function deleteBranch(context: ApplyContext, { branch, refId }: Of<'delete-branch'>): Promise<string> {
  await context.pace(1);
  // One that is gone is gone.
  await context.github.mutate('mutation Delete($ref: ID!) { deleteRef(input: { refId: $ref }) { clientMutationId } }', {
    ref: refId,
  });
  return `deleted ${branch}`;
}

/** One that is not armed any more, or is gone, merges by itself no more either. */
async function disarm(context: ApplyContext, { pull, body }: Of<'disarm'>): Promise<string> {
  const [answer] = await mutateTogether(context, 'Disarm', [
    {
      parameters: { pull: 'ID!', ...(body === undefined ? {} : { text: 'String!' }) },
      variables: { pull: pull.id, ...(body === undefined ? {} : { text: body }) },
      fields: {
        disablePullRequestAutoMerge:
          'disablePullRequestAutoMerge(input: { pullRequestId: $pull }) { clientMutationId }',
        ...(body === undefined ? {} : { updatePullRequest: bodyField }),
      },
    },
  ]);
  const errors = answer?.errors ?? [];
  const [error] = errors.filter((one) => !/auto.?merge|could not resolve|closed|merged/i.test(one.message));
  if (error !== undefined)
    throw new TrunklineError('GITHUB_REFUSED', `GitHub refused to disarm #${pull.number}: ${error.message}`);
  return `#${pull.number} does not merge by itself any more`;
}

/**
 * Reads, plans and applies; where the repository moved in between, all three again, each time after a longer while: who
 * was first is done with more of it by then. @throws CONFLICT after seven times in which there was no less to do
 */
export async function carryOut<P extends Plan>(
  readAndPlan: () => Promise<P>,
  context: ApplyContext,
): Promise<{ readonly plan: P; readonly applied: Applied }> {
  let least = Number.POSITIVE_INFINITY;
  let vain = 0;
  for (let attempt = 1; ; attempt++) {
    const plan = await readAndPlan();
    try {
      return { plan, applied: await applyPlan(plan, context) };
    } catch (error) {
      if (!(error instanceof TrunklineError) || error.code !== 'CONFLICT') throw error;
      const left = toWrite(plan);
      vain = left < least ? 1 : vain + 1;
      if (vain === 7) throw error;
      least = Math.min(least, left);
      // Not as long as another that was overtaken at the same moment.
      const [chance = 0] = context.random(1);
      await context.clock.sleep(Math.min(30_000, 500 * 2 ** attempt) * (1 + chance / 255), context.signal);
    }
  }
}

/** How many commits a plan still has to make. */
function toWrite({ operations }: Plan): number {
  return operations.reduce((sum, one) => sum + (one.kind === 'batch' ? one.steps.length : 'files' in one ? 1 : 0), 0);
}
