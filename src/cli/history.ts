import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../model/duration.ts';
import { formatSource } from '../model/release.ts';
import type { Ports } from '../ports.ts';
import type { CommitPull } from '../state/see/commit-pulls.ts';
import { releaseOf } from '../state/see/layout.ts';
import { wordsOf } from '../state/see/measures.ts';
import type { Movement } from '../state/see/movements.ts';
import { readMovements } from '../state/see/read-movements.ts';
import { readSnapshot } from '../state/see/snapshot.ts';
import { byOf } from '../state/see/status.ts';
import { durationOption } from './delivery/options.ts';
import { type MeasureOptions, printMeasures } from './history-measured.ts';
import { ago } from './print/ago.ts';
import { type Cell, printReport, type Section } from './print/report.ts';
import { checkNames } from './see/check-names.ts';
import { type SeeSession, seeCommand, withSee } from './see/open-see.ts';
import { pullsBehind } from './see/pulls-behind.ts';
import { shortRelease } from './see/short-release.ts';

interface HistoryOptions extends MeasureOptions {
  readonly since?: string;
  readonly limit: number;
  readonly measures?: boolean;
}

/** One change of a pin, for machines: the shape of `history --json`. */
interface HistoryEntry {
  readonly at: string;
  readonly service: string;
  readonly environment: string;
  readonly kind: Movement['kind'];
  readonly from: string | null;
  readonly to: string | null;
  readonly file: string;
  readonly by: ReturnType<typeof byOf>;
  readonly approvedBy: readonly string[] | null;
  readonly reason: string | null;
  readonly source: string | null;
  readonly subject: string;
}

export function historyCommand(ports: Ports): Command {
  return seeCommand(
    'history',
    'what was changed where, when, by whom and why; the measures of the delivery loop',
    'trunkline history orders --environment prod --since 30d\ntrunkline history --measures --since 90d --json',
  )
    .argument('[service]', 'only this one')
    .option('--environment <name>', 'only this one')
    .option('--since <when>', 'a date or a span such as 30d (with --measures 30d unless given)', sinceOption)
    .option('--limit <number>', 'at most so many changes', wholeNumber, 50)
    .option('--measures', 'lead time, frequency, failures, time to restore, time waiting')
    .addOption(
      new Option('--budget <duration>', 'how long a promotion may take')
        .argParser(durationOption)
        .default(86_400_000, '24h'),
    )
    .option('--source <folder>', 'a clone of the application repository, for when commits were made there')
    .action((service: string | undefined, options: HistoryOptions) =>
      withSee(ports, options, (session) => history(ports, service, options, session)),
    );
}

async function history(
  ports: Ports,
  service: string | undefined,
  options: HistoryOptions,
  session: SeeSession,
): Promise<void> {
  const { infra, github } = session;
  const now = ports.clock.now();
  const snapshot = await readSnapshot(infra.folder, infra.commit, infra.objects);
  const { all, since: reached } = await readMovements(infra, snapshot);
  checkNames(service === undefined ? [] : [service], options.environment, [...snapshot.places, ...all]);
  const mine = all.filter(
    (one) =>
      (service === undefined || one.service === service) &&
      (options.environment === undefined || one.environment === options.environment),
  );
  const notes = [...infra.notes, ...snapshot.notes];
  if (reached !== undefined)
    notes.push(`history was read back to ${new Date(reached).toISOString().slice(0, 10)} only`);
  const from = sinceTime(options, now);
  if (options.measures === true) {
    await printMeasures(ports, options, session, {
      snapshot,
      // Promotions are told by the environment before: all of them count, whichever is shown.
      movements: all.filter((one) => service === undefined || one.service === service),
      notes,
      since: from ?? now - 30 * 86_400_000,
      now,
    });
    return;
  }
  const shown = mine.filter((one) => from === undefined || one.commit.at >= from).slice(0, options.limit);
  const inWindow = mine.filter((one) => from === undefined || one.commit.at >= from).length;
  if (inWindow > shown.length) notes.push(`${inWindow - shown.length} older changes are not shown: --limit`);
  const pulls = github === undefined ? undefined : await pullsBehind(session, shown, notes);
  if (github === undefined) notes.push('GitHub was not asked: who merged and approved is not known');
  const entries = shown.map((one) => entry(one, pulls));
  const { repository = null, branch, commit } = infra;
  printReport(
    ports,
    options.json,
    {
      repository,
      branch,
      commit,
      offline: github === undefined,
      complete: reached === undefined,
      changes: entries,
      notes,
    },
    { title: `${repository ?? infra.folder}: history of ${branch}`, sections: [section(entries, now)], notes },
  );
}

function entry(movement: Movement, pulls: ReadonlyMap<string, CommitPull> | undefined): HistoryEntry {
  const pull = pulls?.get(movement.commit.sha);
  return {
    at: new Date(movement.commit.at).toISOString(),
    service: movement.service,
    environment: movement.environment,
    kind: movement.kind,
    from: movement.before === undefined ? null : releaseOf(movement.before),
    to: movement.after === undefined ? null : releaseOf(movement.after),
    file: movement.file,
    by: byOf(movement.commit, pull),
    approvedBy: pulls === undefined ? null : [...new Set(pull?.approvals.map((one) => one.author) ?? [])],
    reason: wordsOf(movement).reason,
    source: movement.source === undefined ? null : formatSource(movement.source),
    subject: movement.commit.message.split('\n')[0] ?? '',
  };
}

function section(entries: readonly HistoryEntry[], now: number): Section {
  return {
    head: ['when', 'ago', 'service', 'environment', 'what', 'from', 'to', 'by', 'why'],
    empty: 'no pin changed',
    rows: entries.map((one) => [
      one.at.slice(0, 16).replace('T', ' '),
      ago(Date.parse(one.at), now),
      one.service,
      one.environment,
      kindCell(one.kind),
      shortRelease(one.from),
      shortRelease(one.to),
      `${one.by.requester ?? one.by.author} ${one.by.pull === null ? one.by.commit.slice(0, 7) : `#${one.by.pull.number}`}`,
      one.reason ?? one.by.pull?.title ?? one.subject,
    ]),
  };
}

function kindCell(kind: Movement['kind']): Cell {
  if (kind === 'rollback' || kind === 'revert' || kind === 'removed') return { text: kind, tone: 'bad' };
  if (kind === 'hotfix' || kind === 'past')
    return { text: kind === 'past' ? 'past the one before' : kind, tone: 'warn' };
  return kind;
}

function sinceOption(text: string): string {
  if (parseDuration(text) !== undefined || (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text))))
    return text;
  throw new InvalidArgumentError('expected a date such as 2026-05-01, or a span such as 12h or 30d.');
}

function sinceTime({ since }: HistoryOptions, now: number): number | undefined {
  if (since === undefined) return undefined;
  const span = parseDuration(since);
  return span === undefined ? Date.parse(since) : now - span;
}

function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(text)) throw new InvalidArgumentError('expected a number from 1.');
  return Number(text);
}
