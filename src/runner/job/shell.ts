import { findProgram } from '../process/find-program.ts';

export interface ShellCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** What the log says after `shell:`. */
  readonly display: string;
  readonly extension: string;
  /** The script as it is written to the file. */
  readonly script: string;
}

const formats: Readonly<Record<string, string>> = {
  bash: '--noprofile --norc -e -o pipefail {0}',
  sh: '-e {0}',
  python: '{0}',
  pwsh: `-command ". '{0}'"`,
};
const extensions: Readonly<Record<string, string>> = { bash: '.sh', sh: '.sh', python: '.py', pwsh: '.ps1' };

/**
 * How a script is run (actions/runner, ScriptHandler.cs): `bash -e {0}` where no shell is named, each named shell with
 * its own flags, and any command line that holds `{0}`.
 * @param inContainer the shell is the container's, and cannot be looked for here
 * @throws Error with GitHub's message
 */
export async function shellCommand(
  shell: string | undefined,
  script: string,
  scriptPath: (extension: string) => string,
  path: string,
  inContainer = false,
): Promise<ShellCommand> {
  const [name = '', ...rest] = (shell ?? '').trim().split(' ');
  const unnamed = name === '';
  const program = inContainer
    ? unnamed
      ? 'sh'
      : name
    : unnamed
      ? ((await findProgram('bash', path)) ?? (await findProgram('sh', path)))
      : await findProgram(name, path);
  if (program === undefined) throw new Error(`${unnamed ? 'sh' : name}: command not found`);
  const given = rest.join(' ').trim();
  const format = given !== '' ? given : (formats[unnamed ? 'sh' : name] ?? '');
  if (!format.includes('{0}')) {
    throw new Error(
      "Invalid shell option. Shell must be a valid built-in (bash, sh, cmd, powershell, pwsh) or a format string containing '{0}'",
    );
  }
  const extension = extensions[unnamed ? 'sh' : name] ?? '';
  const file = scriptPath(extension);
  return {
    file: program,
    args: splitArguments(format).map((argument) => argument.replaceAll('{0}', file)),
    display: `${program} ${format}`,
    extension,
    script: name === 'pwsh' ? pwshScript(script) : script,
  };
}

function pwshScript(script: string): string {
  return `$ErrorActionPreference = 'stop'\n${script}\nif ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }`;
}

/** Words as .NET splits a command line on Linux: blanks part them, double quotes keep them together, a backslash before one takes its meaning. */
export function splitArguments(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char === '\\') {
      const [run = ''] = /^\\+/.exec(text.slice(index)) ?? [];
      const isQuoted = text.charAt(index + run.length) === '"';
      const literal = isQuoted && run.length % 2 === 1;
      word = `${word ?? ''}${isQuoted ? run.slice(0, run.length / 2) : run}${literal ? '"' : ''}`;
      index += run.length - (literal ? 0 : 1);
    } else if (quoted && char === '"' && text.charAt(index + 1) === '"') {
      word = `${word ?? ''}"`;
      index += 1;
    } else if (char === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (/\s/.test(char) && !quoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = `${word ?? ''}${char}`;
    }
  }
  return word === undefined ? words : [...words, word];
}
