import { spawn } from 'node:child_process';
import { Command } from 'commander';
import { TrunklineError } from '../errors.ts';
import { firstPeople } from '../lab/first-people.ts';
import { openLab } from '../lab/lab.ts';
import { findRunningLab, labFolder } from '../lab/running-lab.ts';
import type { Ports } from '../ports.ts';
import { Exit } from './exit.ts';
import { withGitToken } from './git-token.ts';
import { addLabOptions, type LabFlags, labOptions } from './lab-options.ts';

/** `trunkline lab shell [-- COMMAND]`: inside the lab that is up, or one that lasts as long as the shell. */
export function labShellCommand(ports: Ports): Command {
  return addLabOptions(
    new Command('shell')
      .description('Opens a shell, or runs one command, in which https://github.com is the lab.')
      .argument('[command...]', 'what to run instead of a shell')
      .option('--folder <path>', 'the lab’s folder'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ trunkline lab shell\n  $ trunkline lab shell -- gh repo create acme/app --private',
    )
    .action(async (command: string[], flags: LabFlags & { folder?: string }) => {
      const folder = labFolder(flags.folder, ports);
      const running = findRunningLab(folder);
      if (running !== undefined) return finish(await run(command, running.env, ports));
      const lab = await openLab({ ...labOptions(flags, ports), folder });
      try {
        const { token } = firstPeople(lab);
        return finish(await run(command, lab.env(token), ports));
      } finally {
        await lab.close();
      }
    });
}

function finish(code: number): void {
  if (code !== 0) throw new Exit(1);
}

function run(command: readonly string[], env: Readonly<Record<string, string>>, ports: Ports): Promise<number> {
  const [program = ports.env['SHELL'] ?? '/bin/sh', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: ports.cwd,
      stdio: 'inherit',
      env: { ...ports.env, ...withGitToken(env) },
    });
    child.once('error', (error) =>
      reject(new TrunklineError('INPUT_INVALID', `${program} cannot be started: ${error.message}`, { cause: error })),
    );
    child.once('close', (code) => resolve(code ?? 1));
  });
}
