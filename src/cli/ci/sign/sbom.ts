import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Command, Option } from 'commander';
import { TrunklineError } from '../../../errors.ts';
import type { Ports } from '../../../ports.ts';

interface SbomOptions {
  readonly format: 'spdx' | 'cyclonedx';
  readonly output: string;
  readonly omit: readonly string[];
  readonly json?: true;
}

/** `trunkline ci sbom`: of an npm project by npm's own; other tools' SBOMs go to `ci attest` as they are. */
export function sbomCommand(ports: Ports): Command {
  return new Command('sbom')
    .description(
      'Writes the SBOM of an npm project, as npm itself sees it. What syft wrote goes to `ci attest` as it is.',
    )
    .argument('[folder]', 'with package-lock.json', '.')
    .addOption(new Option('--format <name>', 'of the document').choices(['spdx', 'cyclonedx']).default('spdx'))
    .requiredOption('--output <file>', 'where to')
    .option('--omit <type...>', 'dev, optional or peer', ['dev'])
    .option('--json', 'print for machines')
    .addHelpText('after', '\nExample:\n  $ trunkline ci sbom --output sbom.spdx.json')
    .action(async (folder: string, options: SbomOptions) => {
      const cwd = resolve(ports.cwd, folder);
      if (!existsSync(join(cwd, 'package-lock.json')))
        throw new TrunklineError('NOT_FOUND', `expected package-lock.json in ${folder}, found none`, {
          hint: 'for other projects, give the SBOM of another tool to: trunkline ci attest --type spdx --predicate FILE',
        });
      const text = await npmSbom(cwd, options, ports);
      const packages = count(text);
      const file = resolve(ports.cwd, options.output);
      await writeFile(`${file}.part`, text);
      await rename(`${file}.part`, file);
      ports.stdout.write(
        options.json === true
          ? `${JSON.stringify({ file: options.output, format: options.format, packages })}\n`
          : `${options.output}: ${packages} packages (${options.format})\n`,
      );
    });
}

async function npmSbom(cwd: string, { format, omit }: SbomOptions, { env }: Ports): Promise<string> {
  const args = ['sbom', `--sbom-format=${format}`, '--package-lock-only', ...omit.map((type) => `--omit=${type}`)];
  try {
    const { stdout } = await promisify(execFile)('npm', args, { cwd, env: { ...env }, maxBuffer: 256 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected npm to list the project's packages, found: ${stderr.trim().slice(0, 500) || message}`,
      {
        hint: 'npm 9.5 or newer knows `npm sbom`; the lock file must be in step: npm install',
        cause: error,
      },
    );
  }
}

function count(text: string): number {
  const { packages, components } = JSON.parse(text) as { packages?: unknown[]; components?: unknown[] };
  return (packages ?? components ?? []).length;
}
