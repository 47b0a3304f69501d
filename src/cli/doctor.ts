import type { Command } from 'commander';
import { readRun } from '../github/run.ts';
import type { Ports } from '../ports.ts';
import type { Finding } from '../state/doctor/finding.ts';
import { readSnapshot } from '../state/see/snapshot.ts';
import { Exit } from './exit.ts';
import { printReport, type Section } from './print/report.ts';
import { type SeeOptions, type SeeSession, seeCommand, withSee } from './see/open-see.ts';

interface DoctorOptions extends SeeOptions {
  readonly all?: boolean;
}

export function doctorCommand(ports: Ports): Command {
  return seeCommand(
    'doctor',
    'what is missing or weak in tokens, rules, environments and approvals; exit code 1 where anything is',
    'trunkline doctor\ntrunkline doctor --all --json',
  )
    .option('--all', 'also what is in order')
    .action((options: DoctorOptions) => withSee(ports, options, (session) => doctor(ports, options, session)));
}

async function doctor(ports: Ports, options: DoctorOptions, { infra, github }: SeeSession): Promise<void> {
  const snapshot = await readSnapshot(infra.folder, infra.commit, infra.objects);
  const { examine } = await import('../state/doctor/examine.ts');
  const findings = await examine(github, infra, snapshot, { job: readRun(ports.env).inActions });
  const count = (state: Finding['state']): number => findings.filter((one) => one.state === state).length;
  const counts = { ok: count('ok'), weak: count('weak'), unknown: count('unknown') };
  const notes = [...infra.notes, ...snapshot.notes];
  const { repository = null, commit } = infra;
  printReport(
    ports,
    options.json,
    { repository, commit, offline: github === undefined, counts, findings, notes },
    {
      title: `${repository ?? infra.folder}: ${counts.weak} weak, ${counts.unknown} unknown, ${counts.ok} in order`,
      sections: [section(findings, options.all === true)],
      notes,
    },
  );
  if (counts.weak > 0) throw new Exit(1);
}

const order = { weak: 0, unknown: 1, ok: 2 } as const;

function section(findings: readonly Finding[], all: boolean): Section {
  const shown = findings.filter((one) => all || one.state !== 'ok').sort((a, b) => order[a.state] - order[b.state]);
  return {
    head: ['', 'what', 'where', 'found, and what mends it'],
    empty: 'all is in order',
    rows: shown.map((one) => [
      {
        text: { weak: '✗', unknown: '?', ok: '✓' }[one.state],
        tone: ({ weak: 'bad', unknown: 'warn', ok: 'good' } as const)[one.state],
      },
      one.id,
      one.subject,
      `${one.found}${one.mend === null ? '' : ` → ${one.mend}`}`,
    ]),
  };
}
