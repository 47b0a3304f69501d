import { Command } from 'commander';
import { TrunklineError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { Exit } from './exit.ts';
import { renderJson } from './print/rehearsal-json.ts';
import { renderSummary } from './print/rehearsal-summary.ts';
import { Timeline } from './print/timeline.ts';

export interface RehearseFlags {
  readonly app?: string;
  readonly infra?: string;
  readonly change?: string;
  readonly break?: string;
  readonly secret: readonly string[];
  readonly botSecret: readonly string[];
  readonly allow: readonly string[];
  readonly allowHostRun?: true;
  readonly realActions?: true;
  readonly folder?: string;
  readonly port?: number;
  readonly parallel?: number;
  readonly keep?: true;
  readonly json?: true;
  readonly verbose?: true;
}

/** `trunkline lab rehearse`: exit code 1 when an expectation did not hold. */
export function labRehearseCommand(ports: Ports): Command {
  return new Command('rehearse')
    .description(
      'Carries the whole delivery through in a lab on this machine: pull request, publish, deploy, promotion,\n' +
        'rollback, hotfix. Every step is checked. Without --app and --infra it takes the example that comes along.',
    )
    .option('--app <path>', 'your application repository (what is committed counts)')
    .option('--infra <path>', 'your infra repository')
    .option('--change <file>', 'file of the application to which an empty line is added to make a new version')
    .option('--break <command>', 'run in a clone of the application: makes a version whose health check fails')
    .option(
      '--secret <name=value>',
      'secret for both repositories; NAME alone takes it from the environment',
      collect,
      [],
    )
    .option('--bot-secret <name>', "secret that holds a token of the delivery bot's", collect, [])
    .option('--allow <host>', 'host that jobs may reach besides the lab and the package registries', collect, [])
    .option('--allow-host-run', 'let image builds run RUN on this machine')
    .option('--real-actions', 'run the published code even of actions that are built in')
    .option('--folder <path>', 'keep the lab in this folder')
    .option('--port <number>', 'port of the lab on 127.0.0.1', number)
    .option('--parallel <number>', 'jobs at once', number)
    .option('--keep', 'leave the lab up afterwards, and say how to reach it')
    .option('--json', 'one JSON document instead of the timeline')
    .option('--verbose', "show the jobs' logs")
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline lab rehearse\n  trunkline lab rehearse --app ../shop --infra ../shop-infra --break "sed -i s/200/500/ health.js"',
    )
    .action((flags: RehearseFlags) => run(flags, ports));
}

async function run(flags: RehearseFlags, ports: Ports): Promise<void> {
  if ((flags.app === undefined) !== (flags.infra === undefined)) {
    throw new TrunklineError('INPUT_INVALID', 'expected --app and --infra together, found one of them', {
      hint: 'trunkline lab rehearse --app ../app --infra ../infra',
    });
  }
  const secrets = new Map(flags.secret.map((text) => readSecret(text, ports.env)));
  const { stageRehearsal } = await import('./lab-rehearse-stage.ts');
  const timeline = flags.json === true ? undefined : new Timeline(ports, { verbose: flags.verbose === true });
  const stage = await stageRehearsal(flags, secrets, ports, timeline);
  try {
    const rehearsal = await stage.rehearse();
    timeline?.end();
    ports.stdout.write(flags.json === true ? renderJson(rehearsal) : renderSummary(rehearsal, ports));
    if (flags.keep === true) {
      const how = stage.describe();
      (flags.json === true ? ports.stderr : ports.stdout).write(how);
      await aborted(ports.interrupted);
    }
    if (!rehearsal.ok) throw new Exit(1);
  } finally {
    timeline?.end();
    await stage.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    // The lab's sockets keep the process up.
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function number(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value < 65_536) return value;
  throw new TrunklineError('INPUT_INVALID', `expected a whole number from 0 to 65535, found "${text}"`);
}

function readSecret(text: string, env: Ports['env']): [string, string] {
  const at = text.indexOf('=');
  const name = (at === -1 ? text : text.slice(0, at)).toUpperCase();
  const value = at === -1 ? env[name] : text.slice(at + 1);
  if (!/^[A-Z_][A-Z0-9_]*$/.test(name) || value === undefined) {
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected --secret NAME=VALUE, or NAME of a variable that is set, found "${name}"`,
    );
  }
  return [name, value];
}
