import type { Command } from 'commander';
import { TrunklineError } from '../errors.ts';
import { formatSource } from '../model/release.ts';
import type { Ports } from '../ports.ts';
import { type Difference, differences, withBetween } from '../state/see/differences.ts';
import { releaseOf } from '../state/see/layout.ts';
import { pullNumberOf } from '../state/see/pull-number.ts';
import { readMovements } from '../state/see/read-movements.ts';
import { readSnapshot } from '../state/see/snapshot.ts';
import { type Between, betweenInClone, readSourceClone, sourcesOf } from '../state/see/sources.ts';
import { type Cell, printReport, type Section } from './print/report.ts';
import { checkNames } from './see/check-names.ts';
import { type SeeOptions, type SeeSession, seeCommand, withSee } from './see/open-see.ts';
import { shortRelease } from './see/short-release.ts';

interface DiffOptions extends SeeOptions {
  readonly source?: string;
  readonly all?: boolean;
}

/** Comparisons that GitHub is asked for. */
const mostCompared = 50;
/** Commits of a service that are shown; JSON has a hundred. */
const shownCommits = 15;

export function diffCommand(ports: Ports): Command {
  return seeCommand(
    'diff',
    'what differs between two environments, and the commits between',
    'trunkline diff staging prod\ntrunkline diff staging prod orders --source ../bookstore',
  )
    .argument('<environment>', 'the first')
    .argument('<other>', 'the second, which is said to be ahead or behind')
    .argument('[services...]', 'only these')
    .option('--all', 'also what is the same')
    .option('--source <folder>', 'a clone of the application repository, for the commits between')
    .action((first: string, second: string, services: string[], options: DiffOptions) =>
      withSee(ports, options, (session) => diff(ports, [first, second], services, options, session)),
    );
}

async function diff(
  ports: Ports,
  [first, second]: readonly [string, string],
  services: readonly string[],
  options: DiffOptions,
  session: SeeSession,
): Promise<void> {
  const { infra, github } = session;
  if (first === second) throw new TrunklineError('INPUT_INVALID', `expected two environments, found "${first}" twice`);
  const snapshot = await readSnapshot(infra.folder, infra.commit, infra.objects);
  checkNames(services, first, snapshot.places);
  checkNames([], second, snapshot.places);
  const notes = [...infra.notes, ...snapshot.notes];
  const { all: movements } = await readMovements(infra, snapshot);
  const found = differences(snapshot, movements, first, second).filter(
    (one) => services.length === 0 || services.includes(one.service),
  );
  const compared = await withCommits(found, movements, snapshot, options, session, notes);
  const entries = compared.map(({ difference, sources }) => ({
    service: difference.service,
    state: difference.state,
    first: difference.first === undefined ? null : releaseOf(difference.first),
    second: difference.second === undefined ? null : releaseOf(difference.second),
    direction: difference.direction ?? null,
    by: difference.by ?? null,
    sources: sources?.map(formatSource) ?? null,
    commits: difference.between?.commits ?? null,
    total: difference.between?.total ?? null,
    pulls:
      difference.between === undefined
        ? null
        : [...new Set(difference.between.commits.flatMap((one) => pullNumberOf(one.subject) ?? []))],
  }));
  const { repository = null, commit } = infra;
  const same = found.filter((one) => one.state === 'same').length;
  printReport(
    ports,
    options.json,
    { repository, commit, offline: github === undefined, first, second, services: entries, notes },
    {
      title: `${repository ?? infra.folder}: ${second} against ${first}: ${same} of ${found.length} services are the same`,
      sections: [places(entries, options), ...commits(entries)],
      notes,
    },
  );
}

type Entry = {
  readonly service: string;
  readonly state: Difference['state'];
  readonly first: string | null;
  readonly second: string | null;
  readonly direction: string | null;
  readonly by: string | null;
  readonly commits: Between['commits'] | null;
  readonly total: number | null;
  readonly pulls: readonly number[] | null;
};

/** Differences with the commits between, where the application repository can be read: from a clone, or on GitHub. */
async function withCommits(
  found: readonly Difference[],
  movements: Parameters<typeof sourcesOf>[0],
  snapshot: Awaited<ReturnType<typeof readSnapshot>>,
  options: DiffOptions,
  { github }: SeeSession,
  notes: string[],
) {
  const { config } = snapshot;
  const published =
    github === undefined || config === undefined
      ? []
      : await (await import('../state/see/measure-facts.ts')).readRecords(github, config, movements, notes);
  const clone = options.source === undefined ? undefined : await readSourceClone(options.source);
  const sources = sourcesOf(movements, published, config, clone?.repository);
  let asked = 0;
  const compared: {
    difference: Difference;
    sources: readonly [{ repository: string; commit: string }, { repository: string; commit: string }] | undefined;
  }[] = [];
  for (const difference of found) {
    const [one, other] = [difference.first, difference.second].map((pin) =>
      pin === undefined ? undefined : sources.get(releaseOf(pin)),
    );
    const known = one === undefined || other === undefined ? undefined : ([one, other] as const);
    if (difference.state !== 'differs' || known === undefined) {
      compared.push({ difference, sources: known });
      continue;
    }
    let between = clone === undefined ? undefined : await betweenInClone(clone, known[0].commit, known[1].commit);
    if (
      between === undefined &&
      github !== undefined &&
      known[0].repository === known[1].repository &&
      asked < mostCompared
    ) {
      asked += 1;
      const { betweenOnGitHub } = await import('../state/see/between.ts');
      between = await betweenOnGitHub(github, known[0].repository, known[0].commit, known[1].commit);
    }
    compared.push({ difference: withBetween(difference, between), sources: known });
  }
  const unread = compared.filter(
    ({ difference }) => difference.state === 'differs' && difference.between === undefined,
  ).length;
  if (unread > 0)
    notes.push(
      `the commits of ${unread} service${unread === 1 ? '' : 's'} are not known: ${github === undefined ? 'give --source <clone>, or credentials that read the application repository' : 'nothing names the commit behind the release, or its repository cannot be read'}`,
    );
  return compared;
}

function places(entries: readonly Entry[], options: DiffOptions): Section {
  return {
    head: ['service', 'first', 'second', '', 'commits'],
    empty: 'every service is the same in both',
    rows: entries
      .filter((one) => options.all === true || one.state !== 'same')
      .map((one): readonly Cell[] => [
        one.service,
        shortRelease(one.first),
        shortRelease(one.second),
        word(one),
        one.total === null ? '' : String(one.total),
      ]),
  };
}

function word({ state, direction, by }: Entry): Cell {
  if (state === 'same') return { text: 'same', tone: 'dim' };
  if (state !== 'differs') return { text: state, tone: 'warn' };
  if (direction === null || direction === 'unknown') return { text: 'differs', tone: 'warn' };
  return {
    text: by === 'history' ? `${direction} (by the order of releases)` : direction,
    tone: direction === 'diverged' ? 'bad' : 'warn',
  };
}

function commits(entries: readonly Entry[]): readonly Section[] {
  const found = entries.filter((one) => (one.commits ?? []).length > 0);
  return found.map((one) => ({
    title: `${one.service}: ${one.direction === 'behind' ? 'commits that the second lacks' : 'commits that the first lacks'}`,
    head: ['commit', 'pull request', 'by', 'what'],
    rows: [
      ...((one.total ?? 0) > shownCommits ? [[`… ${(one.total ?? 0) - shownCommits} more`, '', '', '']] : []),
      ...(one.commits ?? []).slice(-shownCommits).map(({ sha, subject, author }) => {
        const pull = pullNumberOf(subject);
        return [sha.slice(0, 7), pull === undefined ? '' : `#${pull}`, author, subject];
      }),
    ],
  }));
}
