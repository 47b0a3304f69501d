import { Command } from 'commander';
import { TrunklineError } from '../errors.ts';
import { isProgram, programs } from '../lab/programs/programs.ts';
import type { Ports } from '../ports.ts';
import { Exit } from './exit.ts';

/** `trunkline lab stand-in`: what stands for a program in the jobs of a lab. */
export function labStandInCommand(ports: Ports): Command {
  const names = Object.keys(programs);
  return new Command('stand-in')
    .description(
      'Does a little of what a program of GitHub’s machines does, and says that it is not that program. Jobs of a lab run it ' +
        'where this machine has none of that name; the step is labelled a stand-in.',
    )
    .argument('<program>', names.join(', '))
    .argument('[words...]', 'as the program takes them')
    .addHelpText('after', '\nExample:\n  $ trunkline lab stand-in hadolint -- --failure-threshold error Dockerfile')
    .action(async (name: string, words: readonly string[]) => {
      if (!isProgram(name)) throw new TrunklineError('INPUT_INVALID', `expected ${names.join(', ')}, found "${name}"`);
      const code = await programs[name]({ words, ports });
      if (code !== 0) throw new Exit(code);
    });
}
