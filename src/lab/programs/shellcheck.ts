import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Program, readFlags } from './program.ts';

/** shellcheck: whether the shell can read each script; nothing is said of what the script does. */
export const shellcheck: Program = async ({ words, ports }) => {
  const { rest } = readFlags(words, {
    program: 'shellcheck',
    values: { '--severity': 'severity', '-S': 'severity', '--shell': 'shell', '-s': 'shell', '--format': 'format' },
    switches: ['--external-sources', '-x'],
  });
  ports.stderr.write('stand-in for shellcheck: only whether the shell can read a script is looked at\n');
  let stops = false;
  for (const file of rest) {
    const text = await readFile(resolve(ports.cwd, file), 'utf8').catch(() => undefined);
    if (text === undefined) {
      ports.stderr.write(`${file}: ${file}: openBinaryFile: does not exist (No such file or directory)\n`);
      return 2;
    }
    const shell = /^#!.*\b(?:da|a)?sh\b/.test(text) && !/^#!.*\bbash\b/.test(text) ? 'sh' : 'bash';
    const said = await reads(shell, file, ports.cwd);
    for (const one of said) {
      stops = true;
      ports.stdout.write(
        `\nIn ${file}${one.line === undefined ? '' : ` line ${one.line}`}:\nSC1072 (error): ${one.message}\n`,
      );
    }
  }
  return stops ? 1 : 0;
};

/** What the shell says against it, without running any of it. */
function reads(shell: string, file: string, cwd: string): Promise<readonly { line?: string; message: string }[]> {
  return new Promise((done, reject) => {
    execFile(shell, ['-n', '--', file], { cwd }, (error, _, stderr) => {
      if (error === null) return done([]);
      if (typeof error.code !== 'number') return reject(error);
      done(
        stderr
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => {
            const at = /(?:line )?(\d+):\s*(.*)$/.exec(line);
            return at?.[1] === undefined ? { message: line } : { line: at[1], message: at[2] ?? line };
          }),
      );
    });
  });
}
