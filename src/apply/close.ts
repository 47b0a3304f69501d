import type { Operation } from '../delivery/plan.ts';
import { TrunklineError } from '../errors.ts';
import { chunks } from '../state/chunks.ts';
import type { ApplyContext } from './apply-plan.ts';
import { mutateTogether, type Part } from './together.ts';

type Close = Operation & { readonly kind: 'close' };

/** Closes pull requests with a comment that links what took their place, and deletes their branches; ten in a request. */
export async function closeAll(
  context: ApplyContext,
  closes: readonly Close[],
  pulls: ReadonlyMap<string, { readonly number: number }>,
): Promise<readonly string[]> {
  const done: string[] = [];
  const bodies = closes.map((one) => {
    const by = [...new Set((one.by ?? []).flatMap((branch) => pulls.get(branch)?.number ?? []))];
    return `${one.because}${by.length === 0 ? '' : ` By ${by.map((number) => `#${number}`).join(', ')}.`}`;
  });
  const all = closes.map((close, index) => ({ close, body: bodies[index] ?? close.because }));
  for (const some of chunks(all, 10)) {
    const answers = await mutateTogether(
      context,
      'Close',
      some.map(({ close, body }) => closePart(close, body)),
    );
    for (const [index, { close, body }] of some.entries()) {
      const fault = answers[index]?.errors.find((one) => one.path?.[0] === 'closePullRequest');
      if (fault !== undefined && !/already closed|merged/i.test(fault.message))
        throw new TrunklineError('GITHUB_REFUSED', `GitHub refused to close #${close.pull.number}: ${fault.message}`);
      done.push(`closed #${close.pull.number}: ${body}`);
    }
  }
  return done;
}

function closePart({ pull }: Close, body: string): Part {
  const ref = pull.refId;
  return {
    parameters: { pull: 'ID!', text: 'String!', ...(ref === undefined ? {} : { branch: 'ID!' }) },
    variables: { pull: pull.id, text: body, ...(ref === undefined ? {} : { branch: ref }) },
    fields: {
      addComment: 'addComment(input: { subjectId: $pull, body: $text }) { clientMutationId }',
      closePullRequest: 'closePullRequest(input: { pullRequestId: $pull }) { clientMutationId }',
      ...(ref === undefined ? {} : { deleteRef: 'deleteRef(input: { refId: $branch }) { clientMutationId }' }),
    },
  };
}
