import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TrunklineError } from '../../../errors.ts';
import { git } from '../../../git/git.ts';

export interface CommitInputs {
  readonly template: string | undefined;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly variables: ReadonlyMap<string, string>;
}

/**
 * What a run is about to write and commit, kept with git until it is committed: a run that is killed in between has
 * written what the next finds no reason to write, and still has to commit.
 */
export async function beginCommit(folder: string, paths: readonly string[]): Promise<readonly string[]> {
  const file = await journal(folder);
  const left = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly string[]) : [];
  const all = [...new Set([...left, ...paths])];
  if (all.length > 0) writeFileSync(file, JSON.stringify(all));
  return all;
}

async function journal(folder: string): Promise<string> {
  return resolve(folder, (await git(['rev-parse', '--git-path', 'trunkline-replace'], { cwd: folder })).trim());
}

/** Of these files, those that differ from what is committed. */
export async function uncommitted(folder: string, paths: readonly string[]): Promise<readonly string[]> {
  const differing: string[] = [];
  for (const path of paths) {
    const said = await git(['status', '--porcelain', '--untracked-files=all', '--', path], { cwd: folder });
    if (said.trim() !== '') differing.push(path);
  }
  return differing;
}

/** Commits these files and nothing else; answers the commit that has them. */
export async function commitFiles(folder: string, paths: readonly string[], inputs: CommitInputs): Promise<string> {
  const identity = [
    ...(inputs.name === undefined ? [] : ['-c', `user.name=${inputs.name}`]),
    ...(inputs.email === undefined ? [] : ['-c', `user.email=${inputs.email}`]),
  ];
  const message = renderTemplate(inputs.template, inputs.variables);
  await git(['add', '--', ...paths], { cwd: folder });
  await git([...identity, 'commit', '--quiet', '--only', `--message=${message}`, '--', ...paths], { cwd: folder });
  rmSync(await journal(folder), { force: true });
  return git(['rev-parse', 'HEAD'], { cwd: folder });
}

/** `{{ $name }}` stands for a variable's value, as it is; nothing else in a template means anything. @throws INPUT_INVALID */
export function renderTemplate(template: string | undefined, variables: ReadonlyMap<string, string>): string {
  const tag = variables.get('docker_image_tag');
  if (template === undefined)
    return tag === undefined ? 'chore: updated files' : `chore: bumped docker image tag to ${tag}`;
  const foreign = /@(?:if|else|elseif|endif|php|foreach|for|while|include|isset|unless)\b|\{!!/.exec(template)?.[0];
  if (foreign !== undefined) {
    throw new TrunklineError(
      'INPUT_INVALID',
      `commit_template: expected text and {{ $variable }}, found "${foreign}"`,
      {
        hint: 'templates are not run: name a variable, such as {{ $docker_image_tag }}',
      },
    );
  }
  return template.replaceAll(/\{\{\s*\$?([A-Za-z0-9_]+)\s*\}\}/g, (_, name: string) => {
    const value = variables.get(name.toLowerCase());
    if (value !== undefined) return value;
    throw new TrunklineError('INPUT_INVALID', `commit_template: expected a variable that is defined, found "${name}"`);
  });
}
