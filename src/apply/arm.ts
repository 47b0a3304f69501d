import type { PullName } from '../delivery/plan.ts';
import { TrunklineError } from '../errors.ts';
import type { ApplyContext } from './apply-plan.ts';

/**
 * Lets a pull request merge by itself once its checks and the policy pass, with this text as the merge's message.
 * GitHub refuses that where nothing is left to wait for: then it is merged at once, by the same rules as for anybody.
 */
export async function arm(
  context: ApplyContext,
  pull: PullName,
  headOid: string,
  commit: { readonly headline: string; readonly body: string },
): Promise<readonly string[]> {
  const variables = {
    pull: pull.id,
    oid: headOid,
    headline: `${commit.headline} (#${pull.number})`,
    body: commit.body,
  };
  for (let attempt = 1; ; attempt++) {
    const armed = await context.github.mutate(armDocument, variables);
    if (armed.errors.length === 0) return [`#${pull.number} merges by itself once its checks pass`];
    const said = armed.errors.map((one) => one.message).join('; ');
    if (/could not resolve to a node/i.test(said) && attempt < 4) {
      await context.clock.sleep(500 * attempt, context.signal);
      continue;
    }
    if (/clean status|unstable status/i.test(said)) {
      const merged = await context.github.mutate(mergeDocument, variables);
      if (merged.errors.length === 0) return [`#${pull.number} is merged: nothing was left to wait for`];
      return [`#${pull.number} stays open: ${merged.errors.map((one) => one.message).join('; ')}`];
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

const parameters = '$pull: ID!, $oid: GitObjectID!, $headline: String!, $body: String!';
const input =
  '{ pullRequestId: $pull, expectedHeadOid: $oid, mergeMethod: SQUASH, commitHeadline: $headline, commitBody: $body }';
const armDocument = `mutation Arm(${parameters}) { enablePullRequestAutoMerge(input: ${input}) { clientMutationId } }`;
const mergeDocument = `mutation Merge(${parameters}) { mergePullRequest(input: ${input}) { clientMutationId } }`;
