import type { PublishedRelease } from '../../delivery/state.ts';
import type { GitHub } from '../../github/client.ts';
import { formatSource } from '../../model/release.ts';
import { readPublished } from '../published.ts';
import { type ApplicationMeasures, readApplicationMeasures } from './application-measures.ts';
import { type DeploymentFact, readDeploymentFacts } from './deployment-facts.ts';
import { releaseOf } from './layout.ts';
import type { Movement } from './movements.ts';
import type { Infra } from './open-infra.ts';
import type { Snapshot } from './snapshot.ts';
import { readMergeTimes, sourcesOf } from './sources.ts';
import { tolerant } from './status-facts.ts';

export type { ApplicationMeasures };

export interface ReadFacts {
  readonly merged: ReadonlyMap<string, number> | undefined;
  readonly deployments: readonly DeploymentFact[] | undefined;
  readonly application: readonly ApplicationMeasures[];
}

/** What GitHub knows of a window and its movements: where releases came from, when they were healthy, how their checks went. */
export async function readMeasureFacts(
  github: GitHub,
  infra: Infra,
  snapshot: Snapshot,
  { movements, since }: { readonly movements: readonly Movement[]; readonly since: number },
  notes: string[],
): Promise<ReadFacts> {
  const { config, layout } = snapshot;
  const repository = infra.repository ?? '';
  const published = config === undefined ? [] : await readRecords(github, config, movements, notes);
  const sources = sourcesOf(movements, published, config);
  const times = await tolerant('when changes were merged', notes, undefined, () =>
    readMergeTimes(github, sources.values()),
  );
  const merged =
    times === undefined
      ? undefined
      : new Map(
          [...sources].flatMap(([release, source]) => {
            const at = times.get(formatSource(source));
            return at === undefined ? [] : [[release, at] as const];
          }),
        );
  const deployments = await tolerant('deployments', notes, undefined, () =>
    readDeploymentFacts(
      github,
      repository,
      layout.environments.map((one) => one.name),
    ),
  );
  const repositories = [
    ...new Set([
      ...(config?.accept.map((one) => one.repository) ?? []),
      ...[...sources.values()].map((one) => one.repository),
    ]),
  ];
  const application = await Promise.all(
    repositories
      .slice(0, 20)
      .map((one) => tolerant(`checks of ${one}`, notes, undefined, () => readApplicationMeasures(github, one, since))),
  );
  return { merged, deployments, application: application.filter((one) => one !== undefined) };
}

/** Published records, until all that is wanted is found. */
export async function readRecords(
  github: GitHub,
  config: NonNullable<Snapshot['config']>,
  movements: readonly Movement[],
  notes: string[],
): Promise<readonly PublishedRelease[]> {
  const wanted = new Set<string>(movements.flatMap((one) => (one.after === undefined ? [] : [releaseOf(one.after)])));
  return tolerant('published releases', notes, [], () =>
    readPublished(github, config, (page) => {
      for (const one of page) wanted.delete(one.digest);
      return wanted.size === 0;
    }),
  );
}
