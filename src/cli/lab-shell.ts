import { type ChildProcess, spawn } from 'node:child_process';
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
    const letGo = leaveInterruptsTo(child, ports.interrupted);
    child.once('error', (error) => {
      letGo();
      reject(new TrunklineError('INPUT_INVALID', `${program} cannot be started: ${error.message}`, { cause: error }));
    });
    child.once('close', (code) => {
      letGo();
      resolve(code ?? 1);
    });
  });
}

/** Ctrl-C is the command's own affair, as in any shell; who asks us to end ends the command first. Answers the way back. */
function leaveInterruptsTo(child: ChildProcess, interrupted: AbortSignal): () => void {
  const listeners = process.listeners('SIGINT');
  const ignore = (): void => undefined;
  process.removeAllListeners('SIGINT');
  process.on('SIGINT', ignore);
  const end = (): void => void child.kill('SIGTERM');
  interrupted.addEventListener('abort', end, { once: true });
  return () => {
    interrupted.removeEventListener('abort', end);
    process.off('SIGINT', ignore);
    for (const listener of listeners) process.on('SIGINT', listener);
  };
}
