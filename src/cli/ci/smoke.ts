import { Command } from 'commander';
import { smokePath } from '../../config/config.ts';
import { parseSmoke } from '../../deploy/smoke/parse-smoke.ts';
import { readSmokeFile } from '../../deploy/smoke/read-smoke-file.ts';
import { runSmoke, type SmokeResult } from '../../deploy/smoke/run-smoke.ts';
import { appendSummary, setOutput } from '../../github/job-outputs.ts';
import { formatCommand } from '../../github/workflow-commands.ts';
import type { Ports } from '../../ports.ts';
import { Exit } from '../exit.ts';
import { duration } from '../print/duration.ts';
import { type Style, styleFor } from '../print/style.ts';

interface SmokeOptions {
  readonly environment: string;
  readonly service: string;
  readonly file: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `trunkline ci smoke`: exit code 1 where a check failed. */
export function smokeCommand(ports: Ports): Command {
  return new Command('smoke')
    .description('Whether what was deployed answers as it should: status, body, headers, JSON, time, or a command.')
    .requiredOption('--environment <name>', 'where')
    .requiredOption('--service <name>', 'which one')
    .option('--file <path>', 'the checks', smokePath)
    .option('--dry-run', 'list the checks and ask nobody')
    .option('--json', 'print for machines')
    .addHelpText('after', '\nExample:\n  $ trunkline ci smoke --environment prod --service orders')
    .action(async (options: SmokeOptions) => {
      const checks = parseSmoke(options.file, readSmokeFile(ports.cwd, options.file), options);
      if (options.dryRun === true) {
        const names = checks.map((one) => one.name ?? ('url' in one ? `${one.method} ${one.url}` : one.command));
        ports.stdout.write(
          options.json === true ? `${JSON.stringify({ dryRun: true, checks: names })}\n` : `${names.join('\n')}\n`,
        );
        return;
      }
      const style = styleFor(ports.stdout, ports.env);
      const results = await runSmoke(checks, options, ports, ports.stderr, (result) => {
        if (options.json !== true) ports.stdout.write(`${line(result, style)}\n`);
      });
      const failed = results.filter((one) => !one.ok);
      const ok = failed.length === 0 && results.length === checks.length;
      if (options.json === true) ports.stdout.write(`${JSON.stringify({ ok, checks: results }, undefined, 2)}\n`);
      setOutput(ports, 'passed', String(ok));
      summarise(ports, options, results);
      if (!ok) throw new Exit(1);
    });
}

function line({ ok, name, attempts, milliseconds, differences }: SmokeResult, style: Style): string {
  const tries = attempts === 1 ? '' : `, attempt ${attempts}`;
  const head = `${ok ? style('green', '✓') : style('red', '✗')} ${name}  ${duration(milliseconds)}${tries}`;
  return [head, ...differences.map((one) => `    ${one}`)].join('\n');
}

function summarise(ports: Ports, { service, environment }: SmokeOptions, results: readonly SmokeResult[]): void {
  const rows = results.map(
    ({ ok, name, differences }) => `| ${ok ? '✓' : '✗'} | ${cell(name)} | ${cell(differences.join('; '))} |`,
  );
  appendSummary(
    ports,
    [`**Smoke** ${service} in ${environment}`, '', '| | check | found |', '|---|---|---|', ...rows].join('\n'),
  );
  if (ports.env['GITHUB_ACTIONS'] !== 'true') return;
  for (const { name, differences } of results.filter((one) => !one.ok)) {
    ports.stdout.write(`${formatCommand('error', differences.join('\n'), { title: `Smoke: ${name}` })}\n`);
  }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
