import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { TrunklineError } from '../errors.ts';
import { EgressLedger } from '../lab/proxy/egress.ts';
import { runWorkflow } from '../lab/run-workflow.ts';
import { StepLedger } from '../lab/scenarios/shares.ts';
import { openSourceRepository } from '../lab/scenarios/source-repository.ts';
import type { Ports } from '../ports.ts';
import { Exit } from './exit.ts';
import { addLabOptions, collect, type LabFlags, labOptions } from './lab-options.ts';
import { renderFidelity } from './print/fidelity.ts';
import { styleFor } from './print/style.ts';
import { Timeline } from './print/timeline.ts';

interface RunFlags extends LabFlags {
  readonly workflow?: string;
  readonly event?: string;
  readonly eventFile?: string;
  readonly input: readonly string[];
  readonly secret: readonly string[];
  readonly job?: string;
  readonly json?: true;
  readonly verbose?: true;
}

/** `trunkline lab run`: exit code 0 when every run succeeded, 1 otherwise. */
export function labRunCommand(ports: Ports): Command {
  return addLabOptions(
    new Command('run')
      .description('Runs workflows of the git repository you are in, as they are committed, in a lab made for it.')
      .option('-W, --workflow <file>', 'only this workflow')
      .option('--event <name>', 'event that happens (default: push, or the first one that the workflow names)')
      .option('--event-file <path>', 'JSON laid over the event’s payload')
      .option('--input <name=value>', 'input of a workflow_dispatch', collect, [])
      .option('--secret <name=value>', 'secret; NAME alone takes it from the environment', collect, [])
      .option('--job <id>', 'only this job, and what it needs')
      .option('--json', 'one JSON document instead of the timeline')
      .option('--verbose', "show the jobs' logs"),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ trunkline lab run -W ci.yml --event pull_request\n' +
        '  $ trunkline lab run -W release.yml --event workflow_dispatch --input version=1.2.3 --secret NPM_TOKEN',
    )
    .action((flags: RunFlags) => run(flags, ports));
}

async function run(flags: RunFlags, ports: Ports): Promise<void> {
  const source = await openSourceRepository(ports.cwd);
  const style = styleFor(ports.stdout, ports.env);
  if (source.uncommitted.length > 0) {
    const some = source.uncommitted.slice(0, 5).map((line) => `  ${line}`);
    ports.stderr.write(`Only what is committed runs; these files differ and are left alone:\n${some.join('\n')}\n`);
  }
  const timeline = flags.json === true ? undefined : new Timeline(ports, { verbose: flags.verbose === true });
  const ledger = new StepLedger([]);
  const egress = new EgressLedger();
  try {
    const result = await runWorkflow(
      source,
      {
        payload: await readPayload(flags.eventFile, ports),
        inputs: Object.fromEntries(flags.input.map((text) => pair(text, '--input', {}))),
        secrets: Object.fromEntries(flags.secret.map((text) => pair(text, '--secret', ports.env))),
        ...(flags.workflow === undefined ? {} : { workflow: flags.workflow }),
        ...(flags.event === undefined ? {} : { event: flags.event }),
        ...(flags.job === undefined ? {} : { job: flags.job }),
      },
      labOptions(flags, ports),
      (report) => {
        timeline?.report(report);
        ledger.add(report);
        if (report.kind === 'egress') egress.add(report.host, report.port, report.verdict);
      },
      ports.interrupted,
    );
    timeline?.end();
    const good = new Set(['success', 'skipped', 'neutral']);
    const ok = result.runs.every(({ conclusion }) => good.has(conclusion ?? ''));
    if (flags.json === true) {
      const said = { ok, ...result, steps: ledger.counts, egress: egress.entries() };
      ports.stdout.write(`${JSON.stringify(said, undefined, 2)}\n`);
    } else {
      for (const note of result.notes) ports.stderr.write(`${note}\n`);
      if (flags.verbose !== true) {
        for (const { job, log } of result.failures) ports.stdout.write(`\n${style('red', `── ${job}`)}\n${log}\n`);
      }
      ports.stdout.write(`\n${renderFidelity(ledger.counts, egress.entries()).join('\n')}\n`);
      for (const { name, conclusion } of result.runs) {
        const color = good.has(conclusion ?? '') ? 'green' : 'red';
        ports.stdout.write(`${style(color, conclusion ?? 'unfinished')}  ${name}\n`);
      }
    }
    if (!ok) throw new Exit(1);
  } finally {
    timeline?.end();
  }
}

async function readPayload(file: string | undefined, ports: Ports): Promise<Record<string, unknown>> {
  if (file === undefined) return {};
  const path = resolve(ports.cwd, file);
  const value: unknown = await readFile(path, 'utf8')
    .then(JSON.parse, () => undefined)
    .catch(() => undefined);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new TrunklineError('INPUT_INVALID', `expected a JSON object in ${file}, found none`);
}

function pair(text: string, option: string, env: Ports['env']): [string, string] {
  const at = text.indexOf('=');
  const name = at === -1 ? text : text.slice(0, at);
  const value = at === -1 ? env[name] : text.slice(at + 1);
  if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name) && value !== undefined) return [name, value];
  throw new TrunklineError('INPUT_INVALID', `expected ${option} NAME=VALUE, found "${name}"`);
}
