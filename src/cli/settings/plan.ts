import type { Command } from 'commander';
import type { Ports } from '../../ports.ts';
import type { Surveyed } from '../../state/settings/survey.ts';
import { whoChanged } from '../../state/settings/who-changed.ts';
import { Exit } from '../exit.ts';
import { printReport } from '../print/report.ts';
import { openSettings, type SettingsOptions, settingsCommand } from './open-settings.ts';
import { settingsReport, surveyJson } from './report-settings.ts';

interface PlanOptions extends SettingsOptions {
  readonly verbose?: boolean;
  readonly who?: boolean;
}

export function settingsPlanCommand(ports: Ports): Command {
  return settingsCommand(
    'plan',
    'compare rules, environments and permissions with what trunkline.yaml makes of them; exit code 1 where they differ',
    'trunkline settings plan\ntrunkline settings plan --all --json',
  )
    .option('--verbose', 'also what is as wanted')
    .option('--who', 'also who made it differ, and when, where GitHub tells: it takes administration: write to ask')
    .action((options: PlanOptions) => plan(ports, options));
}

async function plan(ports: Ports, options: PlanOptions): Promise<void> {
  const { github, repositories, survey } = await openSettings(ports, options, true);
  const read = await survey(repositories, { whole: false });
  const surveyed: Surveyed[] = [];
  for (const one of read) surveyed.push(options.who === true ? await whoChanged(github, one) : one);
  printReport(
    ports,
    options.json,
    { repositories: surveyed.map(surveyJson) },
    settingsReport(surveyed, options.verbose === true),
  );
  const differs = surveyed.some(
    ({ problems, plan: found }) => problems.length > 0 || found?.differences.some((one) => one.state === 'differs'),
  );
  if (differs) throw new Exit(1);
}
