import type { CommitMessage, MergeMethod, PullName } from '../delivery/plan.ts';
import { TrunklineError } from '../errors.ts';
import { type GraphqlAnswer, statusOf } from '../github/client.ts';
import { chunks } from '../state/chunks.ts';
import type { ApplyContext } from './apply-plan.ts';
import { mutateTogether, type Part } from './together.ts';

/** A pull request that is to merge by itself. */
export interface Arming {
  readonly pull: PullName;
  readonly headOid: string;
  readonly commit: CommitMessage;
  readonly method: MergeMethod;
  /** Merged at once where the rules let us; what they refuse waits like any other. */
  readonly now?: boolean;
  /** The pull request's own text from then on. */
  readonly body?: string;
  /** Done in the same request: the issue that a rollback opens. */
  readonly beside?: Part;
}

/**
 * Lets pull requests merge by themselves once their checks and the policy pass, each with its text as the merge's
 * message, ten in a request. GitHub refuses that where nothing is left to wait for: then it is merged at once, by the
 * same rules as for anybody.
 */
export async function armAll(context: ApplyContext, armings: readonly Arming[]): Promise<readonly string[]> {
  const said: string[] = [];
  for (const some of chunks(armings, 10)) {
    const parts = some.map((one) =>
      withBeside(withBeside(one.now === true ? mergePart(one) : armPart(one), one.beside), bodyPart(one)),
    );
    const answers = await armOnce(
      context,
      parts,
      some.some((one) => one.beside !== undefined),
    );
    for (const [index, arming] of some.entries()) {
      const answer = answers[index];
      if (answer !== undefined) said.push(await settle(context, arming, answer));
    }
  }
  return said;
}

/**
 * To arm twice does no harm; to open an issue twice would. Where the answer to that was lost, everything is read again
 * before anything is said again.
 */
async function armOnce(
  context: ApplyContext,
  parts: readonly Part[],
  once: boolean,
): Promise<readonly GraphqlAnswer<unknown>[]> {
  try {
    return await mutateTogether(context, 'Arm', parts, { once });
  } catch (error) {
    if (!once || ![500, 502, 503, 504].includes(statusOf(error) ?? 0)) throw error;
    throw new TrunklineError('CONFLICT', 'the answer to a write was lost, and it is not known whether it was done', {
      cause: error,
    });
  }
}

/** Fields beside the one that arms, which do not keep it from being done. */
const besides = ['createIssue', 'updatePullRequest'];

async function settle(context: ApplyContext, arming: Arming, first: GraphqlAnswer<unknown>): Promise<string> {
  const { pull } = arming;
  let answer = first;
  if (arming.now === true) {
    if (answer.errors.every((one) => besides.includes(String(one.path?.[0]))))
      return `#${pull.number} is merged, as an exception`;
    [answer = answer] = await mutateTogether(context, 'Arm', [armPart(arming)]);
  }
  for (let attempt = 1; ; attempt++) {
    const errors = answer.errors.filter((one) => !besides.includes(String(one.path?.[0])));
    if (errors.length === 0) return `#${pull.number} merges by itself once its checks pass`;
    const said = errors.map((one) => one.message).join('; ');
    if (/could not resolve to a node/i.test(said) && attempt < 4) {
      await context.clock.sleep(500 * attempt, context.signal);
      [answer = answer] = await mutateTogether(context, 'Arm', [armPart(arming)]);
      continue;
    }
    if (/clean status|unstable status/i.test(said)) {
      const [merged] = await mutateTogether(context, 'Merge', [mergePart(arming)]);
      if (merged === undefined || merged.errors.length === 0)
        return `#${pull.number} is merged: nothing was left to wait for`;
      return `#${pull.number} stays open: ${merged.errors.map((one) => one.message).join('; ')}`;
    }
    if (/dirty status|head (?:sha|branch|oid)|expected.*head/i.test(said))
      throw new TrunklineError('CONFLICT', `#${pull.number} was overtaken while it was made: ${said}`);
    if (/auto.?merge is not allowed|rules? not configured/i.test(said)) {
      throw new TrunklineError('GITHUB_REFUSED', `#${pull.number} is open and cannot merge by itself: ${said}`, {
        hint: 'allow auto-merge in the settings of the repository, and require the check "trunkline / policy" on its default branch',
      });
    }
    throw new TrunklineError('GITHUB_REFUSED', `GitHub refused to let #${pull.number} merge by itself: ${said}`);
  }
}

function armPart(arming: Arming): Part {
  return partOf(arming, 'enablePullRequestAutoMerge');
}

function withBeside(part: Part, beside: Part | undefined): Part {
  return {
    parameters: { ...part.parameters, ...beside?.parameters },
    variables: { ...part.variables, ...beside?.variables },
    fields: { ...part.fields, ...beside?.fields },
  };
}

/** Of the pull request `$pull`, with `$text`. */
export const bodyField = 'updatePullRequest(input: { pullRequestId: $pull, body: $text }) { clientMutationId }';

function bodyPart({ body }: Arming): Part | undefined {
  if (body === undefined) return undefined;
  return {
    parameters: { newBody: 'String!' },
    variables: { newBody: body },
    fields: { updatePullRequest: bodyField.replace('$text', '$newBody') },
  };
}

function mergePart(arming: Arming): Part {
  return partOf(arming, 'mergePullRequest');
}

function partOf({ pull, headOid, commit, method }: Arming, mutation: string): Part {
  // A rebase keeps the commits' own messages: GitHub takes none for it.
  const text = method === 'REBASE' ? '' : ', commitHeadline: $headline, commitBody: $text';
  return {
    parameters: {
      pull: 'ID!',
      oid: 'GitObjectID!',
      ...(method === 'REBASE' ? {} : { headline: 'String!', text: 'String!' }),
    },
    variables: {
      pull: pull.id,
      oid: headOid,
      ...(method === 'REBASE' ? {} : { headline: `${commit.headline} (#${pull.number})`, text: commit.body }),
    },
    fields: {
      [mutation]: `${mutation}(input: { pullRequestId: $pull, expectedHeadOid: $oid, mergeMethod: ${method}${text} }) { clientMutationId }`,
    },
  };
}
