import { Command } from 'commander';
import { type Config, configPath } from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { TrunklineError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { codeownersPath, renderCodeowners } from '../settings/codeowners.ts';
import { type Generated, generate, generateShared } from '../workflow/generate/generate.ts';
import { ownJobsPlace, ownText } from '../workflow/generate/generated-file.ts';
import { lockPath, parseLock } from '../workflow/generate/lock.ts';
import { type FileChange, leftAlone, planFiles, sayChange } from '../workflow/generate/plan-files.ts';
import { Exit } from './exit.ts';
import { changeFiles, readExisting } from './generate/files.ts';
import { readMirrors } from './generate/read-mirrors.ts';
import { showDifference } from './generate/show-difference.ts';
import { readLocal } from './read-local.ts';

interface GenerateOptions {
  readonly check?: true;
  readonly eject?: true;
  readonly replace?: true;
  readonly shared?: true;
  readonly action?: readonly string[];
  readonly dryRun?: true;
  readonly json?: true;
}

/** `trunkline generate`: from trunkline.yaml to the workflows of this repository. */
export function generateCommand(ports: Ports): Command {
  return new Command('generate')
    .description('Writes the workflows that trunkline.yaml asks for. Run again, it writes the same bytes.')
    .option('--check', 'write nothing; show what differs, with exit code 1 where something does')
    .option('--eject', 'write them as files of your own, which no longer say where they came from')
    .option('--replace', 'also where somebody wrote a file of that name by hand')
    .option('--shared', 'write the workflow that other repositories call (their `workflows` names this one)')
    .option('--action <published=mirror...>', 'with --shared: take an action from a fork or mirror')
    .option('--dry-run', 'say what would be written; nothing can be written')
    .option('--json', 'print for machines')
    .addHelpText('after', '\nExample:\n  $ trunkline generate\n  $ trunkline generate --check')
    .action(async (options: GenerateOptions) => {
      const existing = readExisting(ports.cwd);
      const generated = generateHere(ports, options, existing);
      await refuseBrokenJobs(generated.files, existing);
      const changes = planFiles(generated.files, existing, {
        replace: options.replace === true,
        eject: options.eject === true,
      });
      if (options.check !== true && options.dryRun !== true) changeFiles(ports.cwd, changes);
      const left = options.replace === true ? [] : leftAlone(generated.files, existing);
      await report(ports, options, { changes, left, generated });
      if (options.check === true && changes.length > 0) throw new Exit(1);
    });
}

/** @throws WORKFLOW_INVALID with what GitHub would not take of somebody's own jobs */
async function refuseBrokenJobs(files: Generated['files'], existing: ReadonlyMap<string, string>): Promise<void> {
  if (![...existing.values()].some((text) => ownText(text, ownJobsPlace).trim() !== '')) return;
  // GitHub's parser, which takes a while to load.
  const { checkOwnJobs } = await import('../workflow/generate/check-own-jobs.ts');
  const [first, ...rest] = checkOwnJobs(files, (path) => existing.get(path));
  if (first !== undefined) throw TrunklineError.of([first, ...rest]);
}

function generateHere(
  ports: Ports,
  { shared, eject, action }: GenerateOptions,
  existing: ReadonlyMap<string, string>,
): Generated {
  const lock = parseLock(existing.get(lockPath));
  const at = (path: string): string | undefined => existing.get(path);
  if (shared === true) return generateShared(lock, at, readMirrors(action));
  const local = readLocal(ports.cwd);
  if (local === undefined)
    throw new TrunklineError('CONFIG_INVALID', `expected ${configPath} in this folder, found none`, {
      hint: 'trunkline init writes one',
    });
  const config = parseConfig(configPath, local);
  const generated = generate(config, lock, at, { eject: eject === true });
  const codeowners = renderCodeowners(ownerOf(config), config, at(codeownersPath));
  if (codeowners === undefined) return generated;
  return { ...generated, files: [...generated.files, { path: codeownersPath, text: codeowners }] };
}

/** Teams belong to an organisation: that of the infra repository. */
function ownerOf({ services, environments }: Config): string {
  const [owner = ''] = (services?.infra ?? environments?.accept[0]?.repository ?? '').split('/');
  return owner;
}

async function report(
  ports: Ports,
  { check, dryRun, json }: GenerateOptions,
  {
    changes,
    left,
    generated: { files, unresolved, unsaid },
  }: { readonly changes: readonly FileChange[]; readonly left: readonly string[]; readonly generated: Generated },
): Promise<void> {
  if (json === true) {
    const said = changes.map((one) => ({
      path: one.path,
      change: one.after === undefined ? 'remove' : one.before === undefined ? 'add' : 'change',
    }));
    const written = check !== true && dryRun !== true;
    ports.stdout.write(
      `${JSON.stringify({ written, changes: said, files: files.length, left, unresolved, unsaid }, undefined, 2)}\n`,
    );
  } else if (changes.length === 0) {
    ports.stdout.write(`${files.length - left.length} files are as ${configPath} says\n`);
  } else {
    if (check === true) for (const change of changes) ports.stdout.write(await showDifference(change));
    ports.stdout.write(changes.map((one) => `${sayChange(one)}\n`).join(''));
    if (check === true) ports.stdout.write('mend it with: trunkline generate\n');
  }
  for (const path of json === true ? [] : left)
    ports.stderr.write(`${path} is somebody's own, and stays as it is (--replace takes it over)\n`);
  for (const note of unsaid) ports.stderr.write(`${note}\n`);
  for (const name of unresolved)
    ports.stderr.write(
      `${name} has no commit yet, and GitHub will refuse it: run trunkline pin --update ${name} before you push (the lab takes it as it is)\n`,
    );
}
