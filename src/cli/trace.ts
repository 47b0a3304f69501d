import type { Command } from 'commander';
import { TrunklineError } from '../errors.ts';
import { formatSource } from '../model/release.ts';
import type { Ports } from '../ports.ts';
import { readMovements } from '../state/see/read-movements.ts';
import { readSnapshot } from '../state/see/snapshot.ts';
import { readSourceClone } from '../state/see/sources.ts';
import type { Trace } from '../state/see/trace.ts';
import { type Stage, stages } from '../state/see/trace-stages.ts';
import { parseSubject } from '../state/see/trace-subject.ts';
import { ago } from './print/ago.ts';
import { type Cell, printReport, type Section } from './print/report.ts';
import { type SeeOptions, type SeeSession, seeCommand, withSee } from './see/open-see.ts';
import { shortRelease } from './see/short-release.ts';

interface TraceOptions extends SeeOptions {
  readonly service?: string;
  readonly source?: string;
}

export function traceCommand(ports: Ports): Command {
  return seeCommand(
    'trace',
    'how far a change has come, through all eight stages, and what it waits for',
    'trunkline trace sha256:1a2b3c4d5e6f\ntrunkline trace acme/app#42\ntrunkline trace 1a2b3c4 --json',
  )
    .argument('<subject>', 'a digest, a commit, a tag or a pull request (#42, acme/app#42), of application or infra')
    .option('--service <name>', 'only this one')
    .option('--source <folder>', 'a clone of the application repository')
    .action((text: string, options: TraceOptions) =>
      withSee(ports, options, (session) => trace(ports, text, options, session)),
    );
}

async function trace(ports: Ports, text: string, options: TraceOptions, { infra, github }: SeeSession): Promise<void> {
  const subject = parseSubject(text);
  const now = ports.clock.now();
  const snapshot = await readSnapshot(infra.folder, infra.commit, infra.objects);
  const { all: movements, since } = await readMovements(infra, snapshot);
  const notes = [...infra.notes, ...snapshot.notes];
  if (since !== undefined) notes.push(`history was read back to ${new Date(since).toISOString().slice(0, 10)} only`);
  if (github === undefined) notes.push('GitHub was not asked: most stages are not known');
  const clone = options.source === undefined ? undefined : await readSourceClone(options.source);
  const { readTrace } = await import('../state/see/trace.ts');
  const all = await readTrace(subject, text, { infra, snapshot, movements, github, clone, now, notes });
  const found = all.filter((one) => options.service === undefined || one.service === options.service);
  if (found.length === 0) {
    throw new TrunklineError('NOT_FOUND', `expected ${text} in ${options.service ?? ''}, found it elsewhere`, {
      hint: `it is of ${all.map((one) => one.service ?? 'no service yet').join(', ')}`,
    });
  }
  const { repository = null, commit } = infra;
  printReport(
    ports,
    options.json,
    { repository, commit, offline: github === undefined, subject: text, stages, traces: found, notes },
    {
      title: `${repository ?? infra.folder}: ${text}`,
      sections: found.map((one) => section(one, now)),
      notes: [...new Set(notes)],
    },
  );
}

function section({ service, release, source, stages: rows, stuck }: Trace, now: number): Section {
  const name = service === null ? 'no release yet' : `${service} ${shortRelease(release)}`;
  const from = source === null ? '' : ` of ${formatSource(source).replace(/@([0-9a-f]{7})[0-9a-f]+$/, '@$1')}`;
  const where =
    stuck === null ? '' : `: stuck at ${stuck.stage}${stuck.environment === null ? '' : ` in ${stuck.environment}`}`;
  return {
    title: `${name}${from}${where}`,
    head: ['', 'stage', 'environment', 'when', 'ago', 'what'],
    rows: rows
      .filter((one) => one.state !== 'not reached' || one.stage === 'infra update' || one.environment === null)
      .map((one) => [
        mark(one),
        one.stage,
        one.environment ?? '',
        one.at === null ? '' : one.at.slice(0, 16).replace('T', ' '),
        one.at === null ? '' : ago(Date.parse(one.at), now),
        {
          text: [one.what === '' ? one.state : one.what, one.state === 'here' ? (one.url ?? '') : '']
            .filter((text) => text !== '')
            .join('  '),
          tone: tones[one.state],
        },
      ]),
  };
}

const tones = { done: 'good', here: 'bad', 'not reached': 'dim', unknown: 'warn' } as const;

function mark({ state }: Stage): Cell {
  return { text: { done: '✓', here: '▶', 'not reached': '·', unknown: '?' }[state], tone: tones[state] };
}
