import { Command } from 'commander';
import { TrunklineError } from '../errors.ts';
import { findRunningLab, labFolder } from '../lab/running-lab.ts';
import type { Ports } from '../ports.ts';
import { exportLines, withGitToken } from './git-token.ts';

/** `trunkline lab env`: the variables of a lab that is up, for `eval`. */
export function labEnvCommand(ports: Ports): Command {
  return new Command('env')
    .description('Prints the variables that make git, gh, curl and Node see a lab that is up as GitHub.')
    .option('--folder <path>', 'the lab’s folder')
    .option('--json', 'as one JSON object')
    .addHelpText('after', '\nExample:\n  $ eval "$(trunkline lab env)"')
    .action((flags: { folder?: string; json?: true }) => {
      const running = findRunningLab(labFolder(flags.folder, ports));
      if (running === undefined) {
        throw new TrunklineError('NOT_FOUND', 'expected a lab that is up, found none', { hint: 'trunkline lab up' });
      }
      const env = withGitToken(running.env);
      ports.stdout.write(flags.json === true ? `${JSON.stringify(env, undefined, 2)}\n` : exportLines(env));
    });
}
