import type { Command } from 'commander';
import type { Ports } from '../ports.ts';
import { type Frozen, readFreezes } from '../state/see/freezes.ts';
import { readSince } from '../state/see/since.ts';
import { readSnapshot } from '../state/see/snapshot.ts';
import { type StatusRow, statusRows } from '../state/see/status.ts';
import { ago } from './print/ago.ts';
import { type Cell, printReport, type Section } from './print/report.ts';
import { checkNames } from './see/check-names.ts';
import { type SeeOptions, type SeeSession, seeCommand, withSee } from './see/open-see.ts';
import { shortRelease } from './see/short-release.ts';

interface StatusOptions extends SeeOptions {
  readonly environment?: string;
  readonly attention?: boolean;
  readonly full?: boolean;
}

/** How much text is read on the way back to when things were pinned, unless all of it is asked for. */
const enough = 128 * 1024 * 1024;

export function statusCommand(ports: Ports): Command {
  return seeCommand(
    'status',
    'what is where, since when and by whom, what is held, what waits for what',
    'trunkline status\ntrunkline status orders --environment prod\ntrunkline status --attention --json',
  )
    .argument('[services...]', 'only these')
    .option('--environment <name>', 'only this one')
    .option('--attention', 'only what is held, waits, differs from the environment before, or cannot be read')
    .option('--full', 'look back to the first commit for when things were pinned')
    .action((services: string[], options: StatusOptions) =>
      withSee(ports, options, (session) => status(ports, services, options, session)),
    );
}

async function status(
  ports: Ports,
  services: readonly string[],
  options: StatusOptions,
  { infra, github }: SeeSession,
): Promise<void> {
  const now = ports.clock.now();
  const snapshot = await readSnapshot(infra.folder, infra.commit, infra.objects);
  checkNames(services, options.environment, snapshot.places);
  const since = await readSince(infra.folder, infra.commit, snapshot.layout, infra.objects, snapshot.places, {
    shallow: infra.shallow,
    bytes: options.full === true ? Number.POSITIVE_INFINITY : enough,
  });
  const notes = [...infra.notes, ...snapshot.notes];
  if (since.until?.because === 'limit')
    notes.push(`looked back to ${day(since.until.at)}: --full looks further for when things were pinned`);
  if (github === undefined)
    notes.push('GitHub was not asked: open pull requests, approvals and deployments are not known');
  const facts =
    github === undefined
      ? undefined
      : await (await import('../state/see/status-facts.ts')).readStatusFacts(
          github,
          infra,
          snapshot,
          since,
          now,
          notes,
        );
  const frozen = await readFreezes(snapshot, now, notes);
  const rows = statusRows(snapshot, since, facts, now).filter(
    (row) =>
      (services.length === 0 || services.includes(row.service)) &&
      (options.environment === undefined || row.environment === options.environment) &&
      (options.attention !== true || wantsAttention(row)),
  );
  const { repository = null, branch, commit } = infra;
  const value = {
    repository,
    branch,
    commit,
    offline: github === undefined,
    layout: { source: snapshot.layout.source, said: snapshot.layout.said },
    environments: snapshot.layout.environments,
    freezes: frozen,
    places: rows,
    notes,
  };
  const title = `${repository ?? infra.folder}: ${branch} at ${commit.slice(0, 7)}`;
  printReport(ports, options.json, value, {
    title,
    sections: [...sections(rows, options, now), ...freezeSection(frozen)],
    notes,
  });
}

function wantsAttention(row: StatusRow): boolean {
  return (
    row.problem !== null ||
    row.hold !== null ||
    row.waiting.length > 0 ||
    row.deployed?.healthy === false ||
    (row.against !== null && row.against.state !== 'same')
  );
}

function sections(rows: readonly StatusRow[], options: StatusOptions, now: number): readonly Section[] {
  const places: Section = {
    head: ['service', 'environment', 'release', 'since', 'by', 'against', ''],
    empty: options.attention === true ? 'nothing is held, waits or differs' : 'nothing is pinned',
    rows: rows.map((row) => [
      row.service,
      row.environment,
      release(row),
      sinceCell(row, now),
      by(row),
      against(row),
      remarks(row),
    ]),
  };
  const waiting = new Map(rows.flatMap((row) => row.waiting.map((one) => [one.number, one] as const)));
  if (waiting.size === 0) return [places];
  return [
    places,
    {
      title: 'waiting',
      head: ['pull request', 'open', 'by', 'what', 'waits for'],
      rows: [...waiting.values()]
        .sort((a, b) => a.number - b.number)
        .map((one) => [
          `#${one.number}`,
          ago(Date.parse(one.since), now),
          one.author,
          one.title,
          one.waits.length === 0
            ? { text: 'merges by itself', tone: 'good' }
            : { text: one.waits.join('; '), tone: 'warn' },
        ]),
    },
  ];
}

function freezeSection(frozen: readonly Frozen[]): readonly Section[] {
  if (frozen.length === 0) return [];
  const time = (text: string): string => `${text.slice(0, 16).replace('T', ' ')} UTC`;
  return [
    {
      title: 'freezes',
      head: ['environment', 'now', ''],
      rows: frozen.map(({ environment, freezes, until, next }) => [
        environment,
        freezes.length === 0 ? { text: 'open', tone: 'good' } : { text: `frozen: ${freezes.join(', ')}`, tone: 'warn' },
        until !== null ? `until ${time(until)}` : next === null ? '' : `from ${time(next)}`,
      ]),
    },
  ];
}

function release(row: StatusRow): Cell {
  if (row.problem !== null) return { text: 'unreadable', tone: 'bad' };
  if (row.release === null) return { text: '-', tone: 'dim' };
  if (row.digest === null || row.tag === null) return shortRelease(row.release);
  return `${shortRelease(row.tag)} ${shortRelease(row.digest)}`;
}

function sinceCell(row: StatusRow, now: number): Cell {
  if (row.since !== null) return ago(Date.parse(row.since), now);
  return row.before === null
    ? { text: '-', tone: 'dim' }
    : { text: `over ${ago(Date.parse(row.before), now)}`, tone: 'dim' };
}

function by({ by: found }: StatusRow): Cell {
  if (found === null) return { text: '-', tone: 'dim' };
  const who = found.requester ?? found.author;
  return found.pull === null ? `${who} ${found.commit.slice(0, 7)}` : `${who} #${found.pull.number}`;
}

function against({ against: found }: StatusRow): Cell {
  if (found === null) return '';
  if (found.state === 'same') return { text: `= ${found.environment}`, tone: 'dim' };
  return { text: `${found.state === 'differs' ? '≠' : `${found.state} in`} ${found.environment}`, tone: 'warn' };
}

function remarks(row: StatusRow): Cell {
  const said = [
    row.problem ?? '',
    row.hold === null ? '' : heldBy(row.hold),
    row.deployed?.healthy === false ? `deployed ${row.deployed.at.slice(0, 16).replace('T', ' ')}, not healthy` : '',
    ...row.waiting.map((one) => `#${one.number} waits`),
  ].filter((text) => text !== '');
  const bad = row.problem !== null || row.deployed?.healthy === false;
  return { text: said.join('; '), tone: bad ? 'bad' : 'warn' };
}

function heldBy({ author, since, until, reason }: NonNullable<StatusRow['hold']>): string {
  return `held by @${author} since ${day(Date.parse(since))}${until === null ? '' : ` until ${until.slice(0, 16).replace('T', ' ')}`}: ${reason}`;
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
