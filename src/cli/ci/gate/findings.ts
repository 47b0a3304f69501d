import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { configPath, waiversPath } from '../../../config/config.ts';
import { parseConfig } from '../../../config/parse-config.ts';
import { TrunklineError } from '../../../errors.ts';
import { readCredentials } from '../../../github/credentials.ts';
import { appendSummary, setOutput } from '../../../github/job-outputs.ts';
import { readRun } from '../../../github/run.ts';
import { parseDigest } from '../../../model/digest.ts';
import type { Ports } from '../../../ports.ts';
import { type Finding, type Kind, plainText, type Severity, severities } from '../../../report/scan/finding.ts';
import { ScanJudge, type ScanPolicy, type ScanVerdict } from '../../../report/scan/judge-scan.ts';
import { parseWaivers } from '../../../report/scan/parse-waivers.ts';
import { readScan, type ScanFormat, scanFormats } from '../../../report/scan/read-scan.ts';
import type { Waiver } from '../../../report/scan/waiver.ts';
import { durationOption } from '../../delivery/options.ts';
import { Exit } from '../../exit.ts';
import { styleFor } from '../../print/style.ts';
import { annotate } from './annotate.ts';
import { findingsBody } from './findings-body.ts';
import { renderVerdict, summarise } from './render-verdict.ts';
import { reportFiles } from './report-files.ts';
import { repositoryPaths } from './repository-paths.ts';

interface FindingsOptions {
  readonly fail?: Severity;
  readonly unfixed?: 'ignore' | 'fail';
  readonly unknown?: 'ignore' | 'fail';
  readonly waivers?: string;
  readonly digest?: string;
  readonly maxAge?: number;
  readonly format?: ScanFormat;
  readonly verifiedOnly?: true;
  readonly issue?: string;
  readonly json?: true;
}

export function scanCommand(ports: Ports): Command {
  return withSeverity(gate(ports, 'scan', 'vulnerability', 'Whether a scanner found vulnerabilities that stop.'))
    .addOption(new Option('--unfixed <what>', 'what nobody can mend yet (default: fail)').choices(['ignore', 'fail']))
    .option('--digest <digest>', 'the report must be of this image')
    .addHelpText(
      'after',
      '\nExample:\n  $ trunkline ci gate scan trivy.json --fail high --unfixed ignore --digest "$DIGEST"',
    );
}

export function secretsCommand(ports: Ports): Command {
  return gate(ports, 'secrets', 'secret', 'Whether a scanner found secrets. None is ever printed.')
    .option('--verified-only', 'only those that were tried and work')
    .addHelpText('after', '\nExample:\n  $ trunkline ci gate secrets gitleaks.json');
}

export function iacCommand(ports: Ports): Command {
  const command = gate(ports, 'iac', 'misconfiguration', 'Whether a scanner found configuration that stops.');
  return withSeverity(command).addHelpText('after', '\nExample:\n  $ trunkline ci gate iac checkov.json --fail medium');
}

function gate(ports: Ports, name: string, kind: Kind, description: string): Command {
  return new Command(name)
    .description(`${description} What stops, and who waived what, is in trunkline.yaml and ${waiversPath}.`)
    .argument('<report...>', scanFormats.join(', '))
    .option('--waivers <file>', `findings that somebody answers for (default: ${waiversPath} where there is one)`)
    .option('--max-age <duration>', 'the scan must not be older, such as 24h', durationOption)
    .addOption(new Option('--format <name>', 'instead of telling it by how the report begins').choices(scanFormats))
    .option('--issue <name>', 'keep one issue of this name, open while something stops (for schedules; issues: write)')
    .option('--json', 'print for machines')
    .action((reports: readonly string[], options: FindingsOptions) => run(ports, kind, reports, options));
}

function withSeverity(command: Command): Command {
  return command
    .addOption(new Option('--fail <severity>', 'the weakest that stops (default: high)').choices(severities.slice(1)))
    .addOption(new Option('--unknown <what>', 'what has no severity (default: fail)').choices(['ignore', 'fail']));
}

async function run(ports: Ports, kind: Kind, paths: readonly string[], options: FindingsOptions): Promise<void> {
  const judge = new ScanJudge(await policyOf(ports, kind, options));
  for (const report of reportFiles(paths, ports)) {
    judge.about(report.file, await readScan(report, kind, (finding) => judge.take(finding), options.format));
  }
  const verdict = judge.verdict();
  setOutput(ports, 'passed', String(verdict.ok));
  setOutput(ports, 'blocking', String(verdict.blockingCount));
  if (options.json === true) ports.stdout.write(`${JSON.stringify(verdict, undefined, 2)}\n`);
  else ports.stdout.write(`${renderVerdict(verdict, kind, styleFor(ports.stdout, ports.env))}\n`);
  appendSummary(ports, `**${kind} gate** ${verdict.ok ? '✓' : '✗'} ${summarise(verdict, kind)}`);
  if (!verdict.ok) await mark(ports, verdict);
  if (options.issue !== undefined) await keepIssue(ports, options.issue, verdict, kind);
  if (!verdict.ok) throw new Exit(1);
}

/** Whatever becomes of the issue, the verdict stands. */
async function keepIssue(ports: Ports, name: string, verdict: ScanVerdict, kind: Kind): Promise<void> {
  const { clientFor, currentRepository } = await import('../../delivery/session.ts');
  const { keepFindingsIssue } = await import('../../../apply/findings-issue.ts');
  const repository = await currentRepository(ports);
  if (repository === undefined)
    throw new TrunklineError('INPUT_INVALID', 'expected to run in the repository of the issue, found no name of it');
  const github = clientFor(ports, repository, false, readCredentials(ports.env, 'job'));
  const body = verdict.ok ? undefined : findingsBody(verdict, kind, readRun(ports.env).runUrl);
  const title = `Findings: ${plainText(name, 100)}`;
  const done = await keepFindingsIssue(github, repository, { name, title, body });
  ports.stderr.write(`${repository}: ${done}\n`);
}

async function policyOf(ports: Ports, kind: Kind, options: FindingsOptions): Promise<ScanPolicy> {
  const text = await readFile(join(ports.cwd, configPath), 'utf8').catch(() => undefined);
  const defaults = text === undefined ? undefined : parseConfig(configPath, text).services?.scan;
  return {
    kind,
    // Whoever looks for secrets means every one of them.
    fail: kind === 'secret' ? 'unknown' : (options.fail ?? defaults?.fail ?? 'high'),
    unknown: options.unknown ?? defaults?.unknown ?? 'fail',
    unfixed: options.unfixed ?? defaults?.unfixed ?? 'fail',
    verifiedOnly: options.verifiedOnly ?? false,
    waivers: await waiversOf(ports, options.waivers),
    now: ports.clock.now(),
    ...(options.digest === undefined ? {} : { digest: parseDigest(options.digest) }),
    ...(options.maxAge === undefined ? {} : { maxAge: options.maxAge }),
  };
}

async function waiversOf({ cwd }: Ports, asked: string | undefined): Promise<readonly Waiver[]> {
  const file = asked ?? waiversPath;
  const path = resolve(cwd, file);
  if (asked === undefined && !existsSync(path)) return [];
  if (!existsSync(path)) throw new TrunklineError('NOT_FOUND', `expected waivers in ${file}, found no such file`);
  return parseWaivers(file, await readFile(path, 'utf8'));
}

async function mark(ports: Ports, { blocking, refusals }: ScanVerdict): Promise<void> {
  const pathOf = await repositoryPaths(ports.cwd);
  const title = (one: Finding): string =>
    [one.severity, one.id, one.package].filter((part) => part !== undefined).join(' ');
  annotate(ports, [
    ...refusals.map((message) => ({ level: 'error' as const, title: 'Scan', message })),
    ...blocking.map((one) => {
      const file = pathOf(one.target);
      return {
        level: 'error' as const,
        title: title(one),
        message: plainText(one.title === '' ? `${one.id} in ${one.target}` : one.title),
        ...(file === undefined ? {} : { file, ...(one.line === undefined ? {} : { line: one.line }) }),
      };
    }),
  ]);
}
