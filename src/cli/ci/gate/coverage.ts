import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { configPath } from '../../../config/config.ts';
import { parseConfig } from '../../../config/parse-config.ts';
import { TrunklineError } from '../../../errors.ts';
import { readEventPayload, record } from '../../../github/event-payload.ts';
import { appendSummary, setOutput } from '../../../github/job-outputs.ts';
import { compareText } from '../../../model/compare-text.ts';
import type { Ports } from '../../../ports.ts';
import { type Coverage, missedLines, totals } from '../../../report/coverage/coverage.ts';
import { type CoverageVerdict, judgeCoverage, parseShare, percentOf } from '../../../report/coverage/judge-coverage.ts';
import { mergeCoverage } from '../../../report/coverage/merge-coverage.ts';
import { type CoverageFormat, coverageFormats, readCoverage } from '../../../report/coverage/read-coverage.ts';
import { plainText } from '../../../report/scan/finding.ts';
import { Exit } from '../../exit.ts';
import { styleFor } from '../../print/style.ts';
import { table } from '../../print/table.ts';
import { annotate, shownAnnotations } from './annotate.ts';
import { reportFiles } from './report-files.ts';
import { repositoryPaths } from './repository-paths.ts';

interface CoverageOptions {
  readonly minimum?: string;
  readonly service?: string;
  readonly format?: CoverageFormat;
  readonly only: readonly string[];
  readonly json?: true;
}

/** What is asked for, and whether falling short of it stops here. */
interface Demand {
  readonly minimum: string | undefined;
  readonly enforced: boolean;
  readonly why: string;
  /** Folders whose lines count, where nothing is said on the command line. */
  readonly sources?: readonly string[];
}

export function coverageCommand(ports: Ports): Command {
  return new Command('coverage')
    .description(
      'Whether tests reach as much as is asked for: of --minimum, or of the risk of a service in trunkline.yaml.',
    )
    .argument('<report...>', `${coverageFormats.join(', ')}; several are added up`)
    .option('--minimum <percent>', 'least share in percent, such as 80 or 79.95')
    .option('--service <name>', 'service whose risk says how much, and on which events it stops')
    .option(
      '--only <folder...>',
      'count what lies below, as the report names it: not tests, not generated code (default: the service’s sources)',
      [],
    )
    .addOption(new Option('--format <name>', 'instead of telling it by how the report begins').choices(coverageFormats))
    .option('--json', 'print for machines')
    .addHelpText('after', '\nExample:\n  $ trunkline ci gate coverage coverage/lcov.info --service orders')
    .action((reports: readonly string[], options: CoverageOptions) => run(ports, reports, options));
}

async function run(ports: Ports, paths: readonly string[], options: CoverageOptions): Promise<void> {
  const demand = await demandOf(ports, options);
  const minimum = parseShare(demand.minimum ?? '0');
  if (minimum === undefined)
    throw new TrunklineError('INPUT_INVALID', `expected --minimum from 0 to 100, found "${options.minimum}"`);
  const read: Coverage[] = [];
  for (const report of reportFiles(paths, ports)) read.push(await readCoverage(report, options.format));
  const [first, ...others] = read;
  if (first === undefined) throw new TrunklineError('INPUT_INVALID', 'expected a report, found none');
  const only = options.only.length > 0 ? options.only : (demand.sources ?? []);
  const coverage = below(mergeCoverage([first, ...others]), only);
  const verdict = judgeCoverage(coverage, minimum);
  const stops = !verdict.ok && demand.enforced;
  setOutput(ports, 'percent', verdict.percent);
  setOutput(ports, 'passed', String(!stops));
  const sentence = `${verdict.percent} % of ${verdict.total} ${coverage.unit} reached${demand.minimum === undefined ? '' : `, ${verdict.minimum} % wanted`} (${demand.why})`;
  const files = worst(coverage);
  if (options.json === true) {
    ports.stdout.write(
      `${JSON.stringify({ passed: !stops, enforced: demand.enforced, unit: coverage.unit, ...verdict, files }, undefined, 2)}\n`,
    );
  } else {
    const style = styleFor(ports.stdout, ports.env);
    const mark = stops ? style('red', 'refused') : verdict.ok ? style('green', 'passed') : style('yellow', 'below');
    ports.stdout.write(`${mark}  ${sentence}\n`);
    if (!verdict.ok)
      ports.stdout.write(
        `${shortfall(coverage, verdict)}\n\n${table([['file', 'reached', 'missed lines'], ...files.slice(0, 20).map(row)])}\n`,
      );
  }
  appendSummary(ports, `**Coverage** ${stops ? '✗' : verdict.ok ? '✓' : '·'} ${sentence}`);
  if (!verdict.ok) await mark(ports, coverage, files, sentence, stops ? 'error' : 'notice');
  if (stops) throw new Exit(1);
}

/** @throws REPORT_INVALID where nothing lies there: a folder that was renamed must not pass */
function below(coverage: Coverage, folders: readonly string[]): Coverage {
  if (folders.length === 0) return coverage;
  const lies = (file: string, folder: string): boolean =>
    file === folder || `/${file}`.includes(`/${folder.replace(/^\.?\/|\/$/g, '')}/`);
  const files = new Map([...coverage.files].filter(([file]) => folders.some((folder) => lies(file, folder))));
  if (files.size > 0) return { ...coverage, files };
  throw new TrunklineError(
    'REPORT_INVALID',
    `expected files below ${folders.join(', ')} in the report, found ${[...coverage.files.keys()].slice(0, 3).join(', ') || 'none'}`,
  );
}

async function demandOf(ports: Ports, { minimum, service }: CoverageOptions): Promise<Demand> {
  if (minimum !== undefined) return { minimum, enforced: true, why: '--minimum' };
  if (service === undefined)
    throw new TrunklineError('INPUT_INVALID', 'expected --minimum or --service, found neither', {
      hint: 'trunkline ci gate coverage report --minimum 80',
    });
  const text = await readFile(join(ports.cwd, configPath), 'utf8').catch(() => undefined);
  if (text === undefined) throw new TrunklineError('NOT_FOUND', `expected ${configPath} in ${ports.cwd}, found none`);
  const config = parseConfig(configPath, text).services;
  const found = config?.services.get(service);
  if (config === undefined || found === undefined)
    throw new TrunklineError(
      'NOT_FOUND',
      `expected the service "${service}" in ${configPath}, found ${[...(config?.services.keys() ?? [])].join(', ') || 'no services'}`,
    );
  const { sources } = found;
  const risk = found.risk === undefined ? undefined : config.risks.get(found.risk);
  if (risk?.coverage === undefined)
    return { minimum: undefined, enforced: false, why: `${service} asks for none`, sources };
  const enforced = risk.enforce === 'always' || onDefaultBranch(ports);
  const where = enforced ? '' : '; it stops on the default branch only';
  return { minimum: risk.coverage, enforced, sources, why: `risk "${found.risk}" of ${service}${where}` };
}

/** A push to the branch that counts; everywhere else `enforce: main` only says how much is missing. */
function onDefaultBranch(ports: Ports): boolean {
  const { default_branch: branch } = record(readEventPayload(ports.env)['repository']);
  return (
    ports.env['GITHUB_EVENT_NAME'] === 'push' && ports.env['GITHUB_REF'] === `refs/heads/${String(branch ?? 'main')}`
  );
}

interface FileRow {
  readonly file: string;
  readonly covered: number;
  readonly total: number;
  readonly missed: readonly { readonly from: number; readonly to: number }[];
}

/** Files of which something was missed, most missed first. */
function worst(coverage: Coverage): readonly FileRow[] {
  return [...coverage.files]
    .map(([file, blocks]) => ({
      file,
      ...totals({ unit: coverage.unit, files: new Map([[file, blocks]]) }),
      missed: missedLines(blocks),
    }))
    .filter(({ covered, total }) => covered < total)
    .sort((a, b) => b.total - b.covered - (a.total - a.covered) || compareText(a.file, b.file));
}

function row({ file, covered, total, missed }: FileRow): string[] {
  const lines = missed.slice(0, 5).map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`));
  return [
    plainText(file, 80),
    `${percentOf(covered, total)} %`,
    `${lines.join(', ')}${missed.length > 5 ? ', …' : ''}`,
  ];
}

function shortfall({ unit }: Coverage, { short }: CoverageVerdict): string {
  return `${short} more ${short === 1 ? unit.slice(0, -1) : unit} would have to be reached.`;
}

async function mark(
  ports: Ports,
  coverage: Coverage,
  files: readonly FileRow[],
  sentence: string,
  level: 'error' | 'notice',
): Promise<void> {
  const pathOf = await repositoryPaths(ports.cwd);
  const places = files.flatMap(({ file, missed }) => {
    const path = pathOf(file);
    return path === undefined ? [] : missed.map((range) => ({ file: path, line: range.from, endLine: range.to }));
  });
  annotate(ports, [
    { level, title: 'Coverage', message: sentence },
    ...places.slice(0, shownAnnotations - 1).map((place) => ({
      ...place,
      level,
      title: 'Not reached by a test',
      message: `no test reached these ${coverage.unit}`,
    })),
  ]);
}
