import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { TrunklineError } from '../../errors.ts';
import { appendSummary, setOutput } from '../../github/job-outputs.ts';
import {
  isTarget,
  type ReplacementInputs,
  type Rule,
  readRules,
  replaceAll,
  wellKnown,
} from '../../manifest/replace/replacement.ts';
import type { Ports } from '../../ports.ts';
import { Exit } from '../exit.ts';
import { beginCommit, commitFiles, uncommitted } from './replace/commit.ts';
import { dumpJson, renderDump } from './replace/dump.ts';
import { listFiles, readText, realPlace, writeText } from './replace/files.ts';
import { ReplaceInputs, type ReplaceOptions } from './replace/inputs.ts';

export function replaceCommand(ports: Ports): Command {
  return new Command('replace')
    .description(
      'rewrite files where a variable matches, by the mapping language; outputs: total_modified_files and every variable',
    )
    .option('--mappings <text>', 'variable==regex {THEN_UPDATE_FILES} glob=regex_name, and more of it')
    .option('--directory <path>', 'where the files are (by default here)')
    .option('--docker-image-tag <text>', 'value of docker_image_tag')
    .option('--docker-image-tag-regex <regex>', 'its named group says where the tag stands')
    .option('--git-tag <text>', 'value of git_tag')
    .option('--git-tag-regex <regex>', 'where the tag stands')
    .option('--git-branch <text>', 'value of git_branch')
    .option('--git-branch-regex <regex>', 'where the branch stands')
    .option('--register-custom-variables <names>', 'names in the environment, with commas between')
    .option('--register-custom-regexes <names>', 'the same, for regular expressions')
    .option('--skip-variables-autodetect', 'leave out the environment’s …_VAR')
    .option('--skip-regexes-autodetect', 'leave out the environment’s …_REGEX')
    .option('--updated-file-suffix <text>', 'write beside each file instead of into it')
    .option('--if-no-match-fail', 'fail where nothing changes')
    .option('--if-well-known-vars-missing-fail', 'fail without docker_image_tag, git_tag and git_branch')
    .option('--commit', 'commit the files that changed')
    .option('--commit-template <text>', 'its message; {{ $docker_image_tag }} stands for the variable')
    .option('--committer-name <text>', 'who commits')
    .option('--committer-email <text>', 'their address')
    .option('--compat', 'let conditions match anywhere in a value; exit codes 2 and 3 of the published action')
    .option('--dump', 'print what was understood; nothing is written')
    .option('--dry-run', 'print what would change; nothing is written')
    .option('--json', 'print for machines')
    .addHelpText(
      'after',
      [
        '\nEvery option can also come as INPUT_<NAME>, as in INPUT_DOCKER_IMAGE_TAG.',
        '\nExample:',
        "  $ trunkline ci replace --mappings 'docker_image_tag==.*-dev {THEN_UPDATE_FILES} **dev/values.yaml=docker_image_tag_regex' \\",
        "      --docker-image-tag 1.4.0-dev --docker-image-tag-regex 'imageTag: (?<docker_image_tag>.*)'",
      ].join('\n'),
    )
    .action((options: ReplaceOptions) => replace(ports, options));
}

async function replace(ports: Ports, options: ReplaceOptions): Promise<void> {
  const said = new ReplaceInputs(options, ports.env);
  const inputs = readInputs(said);
  const compat = inputs.unanchored;
  if (said.on('if_well_known_vars_missing_fail') && !wellKnown.some((name) => inputs.variables.has(name))) {
    ports.stderr.write(`error: expected one of ${wellKnown.join(', ')}, found none\n`);
    throw new Exit(compat ? 2 : 1);
  }
  const folder = requireFolder(resolve(ports.cwd, said.text('directory') ?? '.'));
  const rules = readRules(inputs);
  const json = options['json'] === true;
  if (said.on('dump')) {
    const files = listFiles(folder);
    ports.stdout.write(
      json ? `${JSON.stringify(dumpJson(inputs, rules, files), undefined, 2)}\n` : renderDump(inputs, rules, files),
    );
    return;
  }
  const suffix = said.text('updated_file_suffix')?.trim() ?? '';
  if (/[/\\\0]/.test(suffix))
    throw new TrunklineError('INPUT_INVALID', `expected a suffix without "/", found ${JSON.stringify(suffix)}`);
  const changes = findChanges(ports, folder, rules, inputs);
  const dryRun = options['dryRun'] === true;
  const changed = changes.map((one) => `${one.path}${suffix}`);
  const commits = !dryRun && said.on('commit');
  const begun = commits ? await beginCommit(folder, changed) : changed;
  if (!dryRun) for (const { place, after } of changes) writeText(`${place}${suffix}`, after, place);
  const paths = commits ? await uncommitted(folder, begun) : changed;
  const commit =
    !commits || paths.length === 0
      ? undefined
      : await commitFiles(folder, paths, {
          template: said.text('commit_template'),
          name: said.text('committer_name'),
          email: said.text('committer_email'),
          variables: inputs.variables,
        });
  setOutput(ports, 'total_modified_files', String(paths.length));
  for (const [name, value] of inputs.variables) setOutput(ports, name, value);
  appendSummary(ports, [`${paths.length} files changed`, ...paths.map((path) => `- \`${path}\``)].join('\n'));
  if (json) {
    const facts = {
      dryRun,
      total_modified_files: paths.length,
      files: paths,
      ...(commit === undefined ? {} : { commit }),
    };
    ports.stdout.write(`${JSON.stringify(facts, undefined, 2)}\n`);
  } else {
    for (const change of changes) ports.stdout.write(describe(change, `${change.path}${suffix}`, dryRun));
    if (commit !== undefined) ports.stdout.write(`committed as ${commit.slice(0, 12)}\n`);
    if (paths.length === 0) ports.stdout.write('nothing changes\n');
  }
  if (paths.length === 0 && said.on('if_no_match_fail')) {
    ports.stderr.write('error: expected a file to change, found none\n');
    throw new Exit(compat ? 3 : 1);
  }
}

function readInputs(said: ReplaceInputs): ReplacementInputs {
  const mappings = said.text('mappings');
  if (mappings === undefined) {
    throw new TrunklineError('INPUT_INVALID', 'expected --mappings or INPUT_MAPPINGS, found neither', {
      hint: 'for example docker_image_tag==v.* {THEN_UPDATE_FILES} **dev/values.yaml=docker_image_tag_regex',
    });
  }
  return { mappings, variables: said.variables(), patterns: said.patterns(), unanchored: said.on('compat') };
}

interface FileChange {
  readonly path: string;
  readonly place: string;
  readonly before: string;
  readonly after: string;
}

/** Each file once, however many paths lead to it; all are read before any is written. */
function findChanges(
  ports: Ports,
  folder: string,
  rules: readonly Rule[],
  inputs: ReplacementInputs,
): readonly FileChange[] {
  const found = new Map<string, FileChange>();
  for (const path of listFiles(folder).filter((one) => isTarget(rules, one))) {
    const place = realPlace(folder, path);
    if (found.has(place)) continue;
    const before = readText(place);
    if (before === undefined) {
      ports.stderr.write(`note: ${path} is not UTF-8 and stays as it is\n`);
      continue;
    }
    const after = replaceAll(rules, inputs.variables, path, before);
    if (after !== before) found.set(place, { path, place, before, after });
  }
  return [...found.values()];
}

function requireFolder(folder: string): string {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw new TrunklineError('INPUT_INVALID', `expected a folder, found none at ${folder}`, {
    hint: 'correct --directory',
  });
}

/** The path, and on a dry run the lines that would differ. */
function describe({ before, after }: FileChange, path: string, dryRun: boolean): string {
  if (!dryRun) return `changed ${path}\n`;
  const [old, next] = [before, after].map((text) => text.split(/\r?\n/));
  const lines = (old ?? []).flatMap((line, index) =>
    line === next?.[index] || old?.length !== next?.length
      ? []
      : [`  ${index + 1}: - ${line}`, `  ${index + 1}: + ${next?.[index] ?? ''}`],
  );
  return [`would change ${path}`, ...lines].map((line) => `${line}\n`).join('');
}
