import type { Operation, Plan } from '../delivery/plan.ts';
import { TrunklineError } from '../errors.ts';
import type { GitHub } from '../github/client.ts';
import type { Clock } from '../ports.ts';
import { arm } from './arm.ts';
import { openPull, updatePull } from './open-pull.ts';

export interface ApplyContext {
  readonly github: GitHub;
  /** `owner/name` of the infra repository. */
  readonly repository: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What was done, a line each, and the pull requests by branch. */
export interface Applied {
  readonly done: readonly string[];
  readonly pulls: ReadonlyMap<string, { readonly number: number; readonly url: string }>;
}

/**
 * Carries a plan out, operation by operation; every one of them can be said again after a kill at any point.
 * The only writer of delivery.
 */
export async function applyPlan(plan: Plan, context: ApplyContext): Promise<Applied> {
  const done: string[] = [];
  const pulls = new Map<string, { number: number; url: string }>();
  for (const operation of plan.operations) done.push(...(await applyOne(operation, context, pulls)));
  return { done, pulls };
}

async function applyOne(
  operation: Operation,
  context: ApplyContext,
  pulls: Map<string, { number: number; url: string }>,
): Promise<readonly string[]> {
  const { github } = context;
  switch (operation.kind) {
    case 'open':
    case 'update': {
      const pull =
        operation.kind === 'open'
          ? await openPull(context, operation)
          : await updatePull(context, operation, operation.pull);
      pulls.set(operation.branch, { number: pull.number, url: pull.url });
      const said = `${operation.title}: ${pull.adopted ? 'found' : 'opened'} #${pull.number} ${pull.url}`;
      if (operation.merge === 'manual') return [said];
      return [said, ...(await arm(context, pull, pull.headOid, operation.commit))];
    }
    case 'arm':
      return arm(context, operation.pull, operation.headOid, operation.commit);
    case 'close': {
      const by = operation.by === undefined ? undefined : pulls.get(operation.by);
      const body = `${operation.because}${by === undefined ? '' : ` By #${by.number}.`}`;
      const { id, refId } = operation.pull;
      const { errors } = await (refId === undefined
        ? github.mutate(closeDocument, { pull: id, body })
        : github.mutate(closeAndDeleteDocument, { pull: id, body, ref: refId }));
      const fault = errors.find((one) => one.path?.[0] === 'closePullRequest');
      if (fault !== undefined)
        throw new TrunklineError(
          'GITHUB_REFUSED',
          `GitHub refused to close #${operation.pull.number}: ${fault.message}`,
        );
      return [`closed #${operation.pull.number}: ${body}`];
    }
    case 'status': {
      const [owner = '', repo = ''] = context.repository.split('/');
      await github.request('POST /repos/{owner}/{repo}/statuses/{sha}', {
        owner,
        repo,
        sha: operation.sha,
        state: operation.state,
        context: operation.context,
        description: operation.description,
        ...(operation.url === undefined ? {} : { target_url: operation.url }),
      });
      return [`${operation.context}: ${operation.state}, ${operation.description}`];
    }
    case 'acknowledge': {
      const [owner = '', repo = ''] = operation.repository.split('/');
      const url = operation.branch === undefined ? operation.url : (pulls.get(operation.branch)?.url ?? operation.url);
      await github.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
        owner,
        repo,
        deployment_id: operation.record,
        state: operation.state,
        description: operation.description.slice(0, 140),
        auto_inactive: false,
        ...(url === undefined ? {} : { log_url: url, environment_url: url }),
      });
      return [`${operation.repository} record ${operation.record}: ${operation.description}`];
    }
    case 'create-branch': {
      const [owner = '', repo = ''] = operation.repository.split('/');
      await github.request('POST /repos/{owner}/{repo}/git/refs', {
        owner,
        repo,
        ref: `refs/heads/${operation.branch}`,
        sha: operation.sha,
      });
      return [`made ${operation.branch} at ${operation.sha}`];
    }
  }
}

const closing =
  'addComment(input: { subjectId: $pull, body: $body }) { clientMutationId } closePullRequest(input: { pullRequestId: $pull }) { clientMutationId }';
const closeDocument = `mutation Close($pull: ID!, $body: String!) { ${closing} }`;
const closeAndDeleteDocument = `mutation Close($pull: ID!, $body: String!, $ref: ID!) { ${closing} deleteRef(input: { refId: $ref }) { clientMutationId } }`;

/**
 * Reads, plans and applies; where the repository moved in between, all three again. @throws CONFLICT after five times
 */
export async function carryOut<P extends Plan>(
  readAndPlan: () => Promise<P>,
  context: ApplyContext,
): Promise<{ readonly plan: P; readonly applied: Applied }> {
  for (let attempt = 1; ; attempt++) {
    const plan = await readAndPlan();
    try {
      return { plan, applied: await applyPlan(plan, context) };
    } catch (error) {
      if (!(error instanceof TrunklineError) || error.code !== 'CONFLICT' || attempt === 5) throw error;
      await context.clock.sleep(250 * attempt, context.signal);
    }
  }
}
