import type { BatchStep, Operation, PullName } from '../delivery/plan.ts';
import { TrunklineError } from '../errors.ts';
import { type GraphqlAnswer, statusOf } from '../github/client.ts';
import { chunks } from '../state/chunks.ts';
import type { ApplyContext } from './apply-plan.ts';
import { commitFields, commitVariables, type OpenAnswer, openPart, refused } from './open-pull.ts';
import { mutateTogether, type Part } from './together.ts';

type Batch = Operation & { readonly kind: 'batch' };

export interface WrittenBatch {
  readonly branch: string;
  readonly pull: PullName;
  readonly headOid: string;
  readonly armed: boolean;
  readonly said: string;
}

interface AppendAnswer extends OpenAnswer {
  readonly createRef: object | null;
  readonly updatePullRequest: {
    readonly pullRequest: { readonly state: string; readonly headRefOid: string } | null;
  } | null;
}

/** A batch as far as it is written. */
interface Progress {
  readonly batch: Batch;
  readonly pull: PullName | undefined;
  readonly headOid: string;
}

/**
 * Writes batches side by side, five commits of different ones in a request: a commit's successor has to name it, so that
 * one batch takes a request for each of its commits. A batch that somebody else moved meanwhile goes no further, and
 * `overtaken` says so once the others are written.
 */
export async function writeBatches(
  context: ApplyContext,
  batches: readonly Batch[],
): Promise<{ readonly written: readonly WrittenBatch[]; readonly overtaken: TrunklineError | undefined }> {
  let overtaken: TrunklineError | undefined;
  let going: readonly Progress[] = batches.map((batch) => ({ batch, pull: batch.pull, headOid: batch.headOid }));
  const ended: Progress[] = [];
  for (let round = 0; going.length > 0; round++) {
    ended.push(...going.filter(({ batch }) => batch.steps.length <= round));
    const next: Progress[] = [];
    for (const some of chunks(
      going.filter(({ batch }) => batch.steps.length > round),
      5,
    )) {
      const parts = some.flatMap((one) => {
        const step = one.batch.steps[round];
        return step === undefined ? [] : [stepPart(context, one, step)];
      });
      const answers = await mutateTogether<AppendAnswer>(context, 'Batch', parts);
      for (const [index, one] of some.entries()) {
        const answer = answers[index];
        const step = one.batch.steps[round];
        if (answer === undefined || step === undefined) continue;
        try {
          next.push(await settle(context, one, step, answer));
        } catch (error) {
          if (!(error instanceof TrunklineError) || error.code !== 'CONFLICT') throw error;
          overtaken ??= error;
        }
      }
    }
    going = next;
  }
  return {
    written: ended.flatMap(({ batch, pull, headOid }) =>
      pull === undefined
        ? []
        : [{ branch: batch.branch, pull, headOid, armed: batch.pull?.armed === true, said: describe(batch, pull) }],
    ),
    overtaken,
  };
}

function describe({ pull, steps }: Batch, { number, url }: PullName): string {
  const commits = steps.filter((one) => one.files.length > 0);
  const what = commits.map((one) => one.commit.headline).join('; ');
  if (pull === undefined) return `${what}: opened #${number} ${url}`;
  return `${what === '' ? 'nothing new' : what}: in #${number} ${url}`;
}

function stepPart(context: ApplyContext, { batch, pull, headOid }: Progress, step: BatchStep): Part {
  const { branch, repositoryId, base } = batch;
  if (pull === undefined)
    return openPart(context, { branch, repositoryId, base, baseOid: headOid, title: branch, ...step });
  const commits = step.files.length > 0;
  return {
    parameters: {
      pull: 'ID!',
      ...(step.title === undefined ? {} : { title: 'String!' }),
      body: 'String!',
      ...(commits
        ? {
            owner: 'String!',
            branch: 'String!',
            oid: 'GitObjectID!',
            files: 'FileChanges!',
            message: 'CommitMessage!',
          }
        : {}),
    },
    variables: {
      pull: pull.id,
      ...(step.title === undefined ? {} : { title: step.title }),
      body: step.body,
      ...(commits ? { owner: context.repository, branch, oid: headOid, ...commitVariables(step) } : {}),
    },
    fields: {
      // The commit first: what a body says and no branch brings would be lost.
      ...(commits ? { createCommitOnBranch: commitFields } : {}),
      updatePullRequest: `updatePullRequest(input: { pullRequestId: $pull, ${step.title === undefined ? '' : 'title: $title, '}body: $body }) { pullRequest { state headRefOid } }`,
    },
  };
}

/** @throws CONFLICT where the batch went on without us: everything is read again. */
async function settle(
  context: ApplyContext,
  one: Progress,
  step: BatchStep,
  answer: GraphqlAnswer<Partial<AppendAnswer>>,
): Promise<Progress> {
  const oid = answer.data?.createCommitOnBranch?.commit?.oid;
  const opened = answer.data?.createPullRequest?.pullRequest;
  if (one.pull === undefined) {
    if (opened != null && oid !== undefined) return { ...one, pull: opened, headOid: oid };
    const because = refused(answer, `open the batch ${one.batch.branch}`);
    // A commit without its pull request: the branch must not stay.
    if (oid !== undefined && answer.data?.createRef != null) await removeBranch(context, one.batch.branch);
    throw because;
  }
  const headOid = oid ?? one.headOid;
  if (step.files.length > 0 && oid === undefined) throw overtaken(one.pull, answer);
  const after = answer.data?.updatePullRequest?.pullRequest;
  if (after == null) throw overtaken(one.pull, answer);
  if (after.state === 'OPEN') return { ...one, headOid };
  // Merged with this commit in it, or before it came: then it stands on a branch that leads nowhere.
  if (after.headRefOid !== headOid) await removeBranch(context, one.batch.branch);
  throw overtaken(one.pull, answer);
}

function overtaken(pull: PullName, answer: GraphqlAnswer<unknown>): TrunklineError {
  const said = answer.errors.map((one) => one.message).join('; ') || 'it is not open any more';
  return new TrunklineError('CONFLICT', `#${pull.number} went on without this: ${said}`);
}

async function removeBranch(context: ApplyContext, branch: string): Promise<void> {
  const [owner = '', repo = ''] = context.repository.split('/');
  await context.pace(1);
  try {
    await context.github.request('DELETE /repos/{owner}/{repo}/git/refs/{ref}', {
      owner,
      repo,
      ref: `heads/${branch}`,
    });
  } catch (error) {
    // GitHub says 422 of a branch that is not there.
    if (![404, 422].includes(statusOf(error) ?? 0)) throw error;
  }
}
