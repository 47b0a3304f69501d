import { resolve } from 'node:path';
import type { Command } from 'commander';
import { createPace } from '../../apply/pace.ts';
import { applySettings, refusals, type SettingsApplied } from '../../apply/settings/apply-settings.ts';
import { Journal } from '../../apply/settings/journal.ts';
import { TrunklineError } from '../../errors.ts';
import { git } from '../../git/git.ts';
import type { Ports } from '../../ports.ts';
import type { SettingsPlan } from '../../settings/plan-settings.ts';
import type { Surveyed } from '../../state/settings/survey.ts';
import { printReport, type Section } from '../print/report.ts';
import { openSettings, type SettingsOptions, type SettingsSession, settingsCommand } from './open-settings.ts';
import { countsOf, settingsReport, surveyJson } from './report-settings.ts';

interface ApplyOptions extends SettingsOptions {
  readonly loosen?: boolean;
  readonly dryRun?: boolean;
  readonly journal?: string;
}

export function settingsApplyCommand(ports: Ports): Command {
  return settingsCommand(
    'apply',
    'set rules, environments and permissions right, in an order that opens no window; run again, it goes on',
    'trunkline settings apply --dry-run\ntrunkline settings apply --all',
  )
    .option('--loosen', 'also what protects less than what is set now')
    .option('--dry-run', 'print the requests that would be sent; nothing can be written')
    .option('--journal <file>', 'where every request is written down (by default below .git, in the clone)')
    .action((options: ApplyOptions) => apply(ports, options));
}

async function apply(ports: Ports, options: ApplyOptions): Promise<void> {
  const dryRun = options.dryRun === true;
  const session = await openSettings(ports, options, dryRun);
  const surveyed = await session.survey(session.repositories, { whole: true });
  const file = await journalFile(ports, options);
  const journal = file === undefined ? undefined : new Journal(file);
  const loosen = options.loosen === true;
  const [first, ...rest] = surveyed.flatMap(({ repository, plan, problems }) =>
    plan === undefined ? problems : refusals(repository, plan, problems, loosen, journal?.cutOff(repository)),
  );
  if (dryRun) printPlan(ports, options, surveyed);
  if (first !== undefined) throw TrunklineError.of([first, ...rest]);
  if (dryRun || journal === undefined) return;
  const { clock, interrupted } = ports;
  const context = { github: session.github, clock, journal, pace: createPace(clock, interrupted) };
  const applied: SettingsApplied[] = [];
  for (const { repository, plan } of surveyed)
    if (plan !== undefined)
      applied.push(await applySettings(repository, plan, context, () => readAgain(session, repository)));
  printApplied(ports, options, applied, journal.file);
}

async function readAgain(session: SettingsSession, repository: string): Promise<SettingsPlan> {
  const [again] = await session.survey([repository], { whole: true });
  if (again?.plan !== undefined) return again.plan;
  throw new TrunklineError('CONFLICT', `expected to read ${repository} again once it was set, found that it cannot be`);
}

/** Below `.git`, where nothing commits it; a dry run outside of a clone needs none. @throws INPUT_INVALID */
async function journalFile(ports: Ports, { journal, dryRun }: ApplyOptions): Promise<string | undefined> {
  if (journal !== undefined) return resolve(ports.cwd, journal);
  try {
    const folder = await git(['rev-parse', '--git-common-dir'], { cwd: ports.cwd });
    return resolve(ports.cwd, folder.trim(), 'trunkline/settings.jsonl');
  } catch (cause) {
    if (dryRun === true) return undefined;
    throw new TrunklineError(
      'INPUT_INVALID',
      'expected to stand in a clone, or a file for the journal, found neither',
      {
        hint: 'add --journal settings.jsonl',
        cause,
      },
    );
  }
}

function printPlan(ports: Ports, options: ApplyOptions, surveyed: readonly Surveyed[]): void {
  const report = settingsReport(surveyed, false);
  const steps = surveyed.map(
    ({ repository, plan }): Section => ({
      title: `would be sent to ${repository}`,
      head: ['', 'request', 'what it does'],
      empty: 'nothing',
      rows: (plan?.steps ?? []).map((one, index) => [String(index + 1), `${one.method} ${one.path}`, one.title]),
    }),
  );
  const value = { dryRun: true, repositories: surveyed.map(surveyJson) };
  printReport(ports, options.json, value, { ...report, sections: [...report.sections, ...steps] });
}

function printApplied(ports: Ports, options: ApplyOptions, applied: readonly SettingsApplied[], journal: string): void {
  const value = {
    journal,
    repositories: applied.map(({ repository, done, refused, after, resumed }) => ({
      repository,
      done,
      refused,
      resumed: resumed === undefined ? null : { at: resumed.at, sent: resumed.sent ?? null },
      waiting: after.waiting,
      counts: countsOf(after.differences),
    })),
  };
  const requests = applied.reduce((sum, one) => sum + one.done.length, 0);
  printReport(ports, options.json, value, {
    title: `${requests === 0 ? 'nothing was to be done' : `${requests} requests were sent`}; what was read again is as wanted`,
    sections: applied.map(({ repository, done }) => ({
      title: repository,
      head: ['', 'done'],
      empty: 'was as wanted',
      rows: done.map((one) => [{ text: '✓', tone: 'good' as const }, one]),
    })),
    notes: applied.flatMap(({ repository, refused, after, resumed }) => [
      ...refused.map((one) => `${repository}: ${one}`),
      ...(resumed === undefined
        ? []
        : [
            `${repository}: went on from an apply that was cut off at ${resumed.at}${resumed.sent === undefined ? '' : `, at "${resumed.sent}"`}`,
          ]),
      ...after.differences
        .filter((one) => one.area === 'codeowners' && one.state === 'differs')
        .map(
          () =>
            `${repository}: .github/CODEOWNERS is not as wanted: trunkline generate writes it, a pull request brings it`,
        ),
      ...after.waiting.map(
        (one) =>
          `${repository}: ${one.checks.join(', ')} will be required once a pull request has got it: run this again then`,
      ),
    ]),
  });
}
