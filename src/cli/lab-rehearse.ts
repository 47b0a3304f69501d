import { Command, Option } from 'commander';
import { TrunklineError } from '../errors.ts';
import { type ExampleName, exampleNames } from '../lab/scenarios/example-pair.ts';
import type { Ports } from '../ports.ts';
import { Exit } from './exit.ts';
import { addLabOptions, collect, interruption, type LabFlags } from './lab-options.ts';
import { renderJson } from './print/rehearsal-json.ts';
import { renderSummary } from './print/rehearsal-summary.ts';
import { Timeline } from './print/timeline.ts';

export interface RehearseFlags extends LabFlags {
  readonly app?: string;
  readonly infra?: string;
  readonly example?: ExampleName;
  readonly change?: string;
  readonly break?: string;
  readonly secret: readonly string[];
  readonly botSecret: readonly string[];
  readonly folder?: string;
  readonly keep?: true;
  readonly json?: true;
  readonly verbose?: true;
  readonly on?: string;
  readonly organisation?: string;
  readonly people?: string;
  readonly settle?: number;
}

const played = ['delivery', 'burst', 'rollback', 'hotfix', 'freeze', 'dispatch', 'production', 'proof'] as const;
const scenarios = [...played, 'rules'];

/** `trunkline lab rehearse`: exit code 1 when an expectation did not hold. */
export function labRehearseCommand(ports: Ports): Command {
  const command = new Command('rehearse')
    .description(
      'Carries the whole delivery through in a lab on this machine: pull request, publish, deploy, promotion, ' +
        'rollback, hotfix. Every step is checked. Without --app and --infra it takes the example that comes along.\n\n' +
        'The scenarios `burst`, `rollback`, `hotfix`, `freeze` and `dispatch` play one part of it after a first release. ' +
        '`proof` shows signatures, gates on reports, smoke tests, releases and cleaning up, `production` a version that is ' +
        'bad there alone, both on an example that signs. ' +
        "The scenario `rules` tries GitHub's rules one by one instead. With --on the same runs on another GitHub too, " +
        'and what is printed is where the two disagree.',
    )
    .argument(
      '[scenario]',
      `${scenarios.join(', ')} (default: delivery; with --on delivery and rules, as far as people are given)`,
    )
    .option('--app <path>', 'your application repository (what is committed counts)')
    .option('--infra <path>', 'your infra repository')
    .addOption(
      new Option('--example <name>', 'a pair that comes along, in place of your own').choices([...exampleNames]),
    )
    .option('--change <file>', 'file of the application to which an empty line is added to make a new version')
    .option('--break <command>', 'run in a clone of the application: makes a version whose health check fails')
    .option(
      '--secret <name=value>',
      'secret for both repositories; NAME alone takes it from the environment',
      collect,
      [],
    )
    .option('--bot-secret <name>', "secret that holds a token of the delivery bot's", collect, [])
    .option('--folder <path>', 'keep the lab in this folder')
    .option('--keep', 'leave the lab up afterwards, and say how to reach it')
    .option('--on <url>', 'another GitHub to compare the lab with: https://github.com, an Enterprise server, a forge')
    .option('--organisation <name>', 'organisation there in which the repositories are made, and deleted afterwards')
    .option('--people <file>', "YAML with a token for each role there, and the Apps' keys; readable by you alone")
    .option(
      '--settle <seconds>',
      'how long nothing may happen there until all is held to be over (default: 10)',
      seconds,
    )
    .option('--json', 'one JSON document instead of the timeline')
    .option('--verbose', "show the jobs' logs");
  return addLabOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ trunkline lab rehearse\n  $ trunkline lab rehearse --example bookstore\n  $ trunkline lab rehearse --app ../shop --infra ../shop-infra --break "sed -i s/200/500/ health.js"\n' +
        '  $ trunkline lab rehearse --on https://github.com --organisation acme-sandbox --people people.yaml',
    )
    .action((scenario: string | undefined, flags: RehearseFlags) => run(scenario, flags, ports));
}

async function run(scenario: string | undefined, flags: RehearseFlags, ports: Ports): Promise<void> {
  if (scenario !== undefined && !scenarios.includes(scenario)) {
    throw new TrunklineError('INPUT_INVALID', `expected ${scenarios.join(', ')}, found "${scenario}"`);
  }
  if ((flags.app === undefined) !== (flags.infra === undefined)) {
    throw new TrunklineError('INPUT_INVALID', 'expected --app and --infra together, found one of them', {
      hint: 'trunkline lab rehearse --app ../app --infra ../infra',
    });
  }
  if (flags.on !== undefined) return (await import('./lab-twin.ts')).rehearseTwin(flags, scenario, ports);
  if (scenario === 'rules') return (await import('./lab-rehearse-rules.ts')).rehearseRulesHere(flags, ports);
  const { stageRehearsal } = await import('./lab-rehearse-stage.ts');
  const timeline = flags.json === true ? undefined : new Timeline(ports, { verbose: flags.verbose === true });
  const stage = await stageRehearsal(
    flags,
    ports,
    timeline,
    played.find((one) => one === scenario),
  );
  try {
    const rehearsal = await stage.rehearse();
    timeline?.end();
    ports.stdout.write(flags.json === true ? renderJson(rehearsal) : renderSummary(rehearsal, ports));
    if (flags.keep === true) {
      const how = stage.describe();
      (flags.json === true ? ports.stderr : ports.stdout).write(how);
      await interruption(ports.interrupted);
    }
    if (!rehearsal.ok) throw new Exit(1);
  } finally {
    timeline?.end();
    await stage.close();
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0 && value <= 600) return value;
  throw new TrunklineError('INPUT_INVALID', `expected seconds from 0 to 600, found "${text}"`);
}
