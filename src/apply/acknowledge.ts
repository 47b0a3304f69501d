import type { Operation } from '../delivery/plan.ts';
import { TrunklineError } from '../errors.ts';
import { chunks } from '../state/chunks.ts';
import type { ApplyContext } from './apply-plan.ts';
import { mutateTogether, type Part } from './together.ts';

type Acknowledge = Operation & { readonly kind: 'acknowledge' };

/** Writes deployment statuses on published releases, forty of an owner's in a request. */
export async function acknowledgeAll(
  context: ApplyContext,
  all: readonly Acknowledge[],
  pulls: ReadonlyMap<string, { readonly url: string }>,
): Promise<readonly string[]> {
  const known = all.flatMap((one) => (one.recordId === undefined ? [] : [{ one, id: one.recordId }]));
  const owners = new Set(known.map(({ one }) => ownerOf(one)));
  for (const some of [...owners].flatMap((owner) =>
    chunks(
      known.filter(({ one }) => ownerOf(one) === owner),
      40,
    ),
  )) {
    const repository = some[0]?.one.repository;
    const answers = await mutateTogether(
      context,
      'Acknowledge',
      some.map(({ one, id }) => acknowledgePart(one, id, linkOf(one, pulls))),
      // Deployment mutations were a preview for long; GitHub does not mind the header where they no longer are.
      { preview: 'flash', ...(repository === undefined ? {} : { repository }) },
    );
    for (const [index, { one }] of some.entries()) {
      const [fault] = answers[index]?.errors ?? [];
      if (fault !== undefined)
        throw new TrunklineError(
          'GITHUB_REFUSED',
          `GitHub refused to acknowledge record ${one.record} of ${one.repository}: ${fault.message}`,
        );
    }
  }
  for (const one of all.filter(({ recordId }) => recordId === undefined)) {
    const [owner = '', repo = ''] = one.repository.split('/');
    const url = linkOf(one, pulls);
    await context.pace(1);
    await context.github.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
      owner,
      repo,
      deployment_id: one.record,
      state: one.state,
      description: one.description.slice(0, 140),
      auto_inactive: false,
      ...(url === undefined ? {} : { log_url: url, environment_url: url }),
    });
  }
  return all.map((one) => `${one.repository} record ${one.record}: ${one.description}`);
}

function ownerOf({ repository }: Acknowledge): string {
  return repository.split('/')[0]?.toLowerCase() ?? '';
}

function linkOf(
  { branch, url }: Acknowledge,
  pulls: ReadonlyMap<string, { readonly url: string }>,
): string | undefined {
  return branch === undefined ? url : (pulls.get(branch)?.url ?? url);
}

function acknowledgePart(one: Acknowledge, id: string, url: string | undefined): Part {
  return {
    parameters: { record: 'ID!', state: 'DeploymentStatusState!', description: 'String', link: 'String' },
    variables: {
      record: id,
      state: one.state.toUpperCase(),
      description: one.description.slice(0, 140),
      link: url ?? '',
    },
    fields: {
      createDeploymentStatus:
        'createDeploymentStatus(input: { deploymentId: $record, state: $state, description: $description, logUrl: $link, environmentUrl: $link, autoInactive: false }) { clientMutationId }',
    },
  };
}
