import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import type { InitAnswers, InitKind } from '../delivery/init/init-answers.ts';
import { planInit } from '../delivery/init/plan-init.ts';
import { TrunklineError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { readAccept, readEnvironments, readServices, readTeams } from './init/answers.ts';
import { completeAnswers } from './init/complete-answers.ts';
import { readRepositoryFiles } from './init/read-repository-files.ts';
import { collect } from './lab-options.ts';

interface InitOptions {
  readonly kind?: InitKind;
  readonly repository?: string;
  readonly infra?: string;
  readonly accept: readonly string[];
  readonly team: readonly string[];
  readonly environments?: string;
  readonly deploy?: string;
  readonly service: readonly string[];
  readonly split?: boolean;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `trunkline init`: writes new files only, and only after everything that it cannot see was said. */
export function initCommand(ports: Ports): Command {
  return new Command('init')
    .description(
      'write trunkline.yaml from what is committed here: services by their Dockerfiles, environments by the manifests that ' +
        'pin their images. Asks for what it cannot see, or takes it from flags; never overwrites a file',
    )
    .addOption(
      new Option('--kind <kind>', 'what this repository is, where it cannot be seen').choices([
        'services',
        'environments',
        'both',
      ]),
    )
    .option('--repository <owner/name>', "this repository's name (by default that of the remote origin)")
    .option('--infra <owner/name>', 'the repository that says what runs where')
    .option('--accept <owner/name[=service,…]>', 'an application repository, and what it ships', collect, [])
    .option('--team <[service=]slug>', 'the team that owns a service, or all of them', collect, [])
    .option('--environments <names>', 'in the order in which releases pass them, joined by commas')
    .option(
      '--deploy <command>',
      'what brings a release into an environment; empty where something in the cluster does',
    )
    .option('--service <name=folder>', 'a service that has no Dockerfile in its folder', collect, [])
    .option('--split', 'write a manifest for each service where several share one')
    .option('--no-split', 'leave shared manifests as they are')
    .option('--dry-run', 'print the files; nothing is written')
    .option('--json', 'print for machines')
    .addHelpText(
      'after',
      '\nExamples:\n  $ trunkline init\n  $ trunkline init --infra acme/infra\n' +
        '  $ trunkline init --accept acme/shop=orders,catalog --team orders=orders-team --team catalog-team --deploy "make deploy" --split',
    )
    .action((options: InitOptions) => init(ports, options));
}

async function init(ports: Ports, options: InitOptions): Promise<void> {
  const { files, origin, folder, uncommitted } = await readRepositoryFiles(ports.cwd);
  const answers: InitAnswers = {
    ...given('kind', options.kind),
    ...given('repository', options.repository ?? origin),
    ...given('infra', options.infra),
    ...(options.accept.length === 0 ? {} : { accept: readAccept(options.accept) }),
    ...(options.team.length === 0 ? {} : { teams: readTeams(options.team) }),
    ...(options.environments === undefined ? {} : { environments: readEnvironments(options.environments) }),
    ...given('deploy', options.deploy),
    ...(options.service.length === 0 ? {} : { services: readServices(options.service) }),
    ...given('split', options.split),
  };
  const { plan } = await completeAnswers(ports, answers, (said) => planInit(files, said));
  const dryRun = options.dryRun === true;
  if (!dryRun) writeAll(folder, plan.files);
  if (options.json === true) {
    ports.stdout.write(`${JSON.stringify({ written: !dryRun, ...plan }, undefined, 2)}\n`);
    return;
  }
  for (const { path, text } of plan.files) {
    const shown = dryRun || path === plan.files[0]?.path ? `\n${text.replaceAll(/^(?=.)/gm, '  ')}` : '\n';
    ports.stdout.write(`${dryRun ? 'would write' : 'wrote'} ${path}${shown}`);
  }
  const more = uncommitted.length > 3 ? ` and ${uncommitted.length - 3} more` : '';
  const unseen =
    uncommitted.length === 0
      ? []
      : [`${uncommitted.slice(0, 3).join(', ')}${more}: not committed, and not looked at as they are now`];
  for (const note of [...unseen, ...plan.notes]) ports.stderr.write(`note: ${note}\n`);
  ports.stdout.write(`\nnext:\n${plan.next.map((line) => `  ${line}\n`).join('')}`);
}

/** All or none; fails where something is there, whoever put it there since it was looked for. */
function writeAll(folder: string, files: readonly { readonly path: string; readonly text: string }[]): void {
  const taken = files.find(({ path }) => existsSync(join(folder, path)));
  if (taken !== undefined) throw alreadyThere(taken.path);
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    try {
      writeFileSync(join(folder, path), text, { flag: 'wx' });
    } catch (error) {
      throw error instanceof Error && 'code' in error && error.code === 'EEXIST' ? alreadyThere(path) : error;
    }
  }
}

function alreadyThere(path: string): TrunklineError {
  return new TrunklineError('INPUT_INVALID', `expected no ${path} yet, found one; init never overwrites`, {
    hint: 'move it away, or take over by hand what `trunkline init --dry-run` prints in a clone without it',
  });
}

function given<Key extends keyof InitAnswers>(key: Key, value: InitAnswers[Key] | undefined): Partial<InitAnswers> {
  return value === undefined ? {} : { [key]: value };
}
