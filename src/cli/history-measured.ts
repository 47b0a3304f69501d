import type { Ports } from '../ports.ts';
import { measure } from '../state/see/measures.ts';
import type { Movement } from '../state/see/movements.ts';
import type { Snapshot } from '../state/see/snapshot.ts';
import { readSourceClone, sourcesOf } from '../state/see/sources.ts';
import { measureReport } from './history-measures.ts';
import { printReport } from './print/report.ts';
import type { SeeOptions, SeeSession } from './see/open-see.ts';
import { pullsBehind } from './see/pulls-behind.ts';

/** Options of `history` that its measures take. */
export interface MeasureOptions extends SeeOptions {
  readonly environment?: string;
  readonly budget: number;
  readonly source?: string;
}

/** Measures the movements of a window and prints them. `movements`: of every environment, newest first, over all of history. */
export async function printMeasures(
  ports: Ports,
  options: MeasureOptions,
  session: SeeSession,
  read: {
    readonly snapshot: Snapshot;
    readonly movements: readonly Movement[];
    readonly notes: string[];
    readonly since: number;
    readonly now: number;
  },
): Promise<void> {
  const { snapshot, movements, notes, since, now } = read;
  const { infra, github } = session;
  const inWindow = movements.filter((one) => one.commit.at >= since);
  const facts =
    github === undefined
      ? undefined
      : await (await import('../state/see/measure-facts.ts')).readMeasureFacts(
          github,
          infra,
          snapshot,
          { movements: inWindow, since },
          notes,
        );
  const pulls = await pullsBehind(session, inWindow, notes);
  const merged =
    facts?.merged ??
    (options.source === undefined ? undefined : await mergedInClone(options.source, inWindow, snapshot));
  if (github === undefined) notes.push('GitHub was not asked: approvals, deployments and pull requests are not known');
  if (merged === undefined)
    notes.push(
      'when changes were merged in their application repositories is not known: give credentials, or --source',
    );
  const layout =
    options.environment === undefined
      ? snapshot.layout
      : { environments: snapshot.layout.environments.filter((one) => one.name === options.environment) };
  const found = measure(
    layout,
    movements,
    { pulls, merged, deployments: facts?.deployments },
    { since, until: now, budget: options.budget },
  );
  const { repository = null, commit } = infra;
  const window = { since: new Date(since).toISOString(), until: new Date(now).toISOString(), budget: options.budget };
  printReport(
    ports,
    options.json,
    {
      repository,
      commit,
      offline: github === undefined,
      window,
      environments: found,
      application: facts?.application ?? null,
      notes,
    },
    measureReport(repository ?? infra.folder, found, facts?.application, { since, now, budget: options.budget }, notes),
  );
}

/** Times at which a clone's commits were made, in place of when they were merged. */
async function mergedInClone(
  folder: string,
  movements: readonly Movement[],
  snapshot: Snapshot,
): Promise<ReadonlyMap<string, number>> {
  const { commits, repository } = await readSourceClone(folder);
  const sources = sourcesOf(movements, [], snapshot.config, repository);
  return new Map(
    [...sources].flatMap(([release, { commit }]) => {
      const found = commits.get(commit);
      return found === undefined ? [] : [[release, found.at] as const];
    }),
  );
}
