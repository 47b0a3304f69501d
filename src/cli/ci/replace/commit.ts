import { TrunklineError } from '../../../errors.ts';
import { git } from '../../../git/git.ts';

export interface CommitInputs {
  readonly template: string | undefined;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly variables: ReadonlyMap<string, string>;
}

/** Commits these files and nothing else. */
export async function commitFiles(folder: string, paths: readonly string[], inputs: CommitInputs): Promise<string> {
  const identity = [
    ...(inputs.name === undefined ? [] : ['-c', `user.name=${inputs.name}`]),
    ...(inputs.email === undefined ? [] : ['-c', `user.email=${inputs.email}`]),
  ];
  const message = renderTemplate(inputs.template, inputs.variables);
  await git(['add', '--', ...paths], { cwd: folder });
  await git([...identity, 'commit', '--quiet', '--only', `--message=${message}`, '--', ...paths], { cwd: folder });
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
