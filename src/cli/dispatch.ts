import { Command, CommanderError, Help } from 'commander';
import type { Ports } from '../ports.ts';
import type { CommandTable } from './commands.ts';
import { Exit } from './exit.ts';
import { fail } from './print/fail.ts';
import { version } from './version.ts';

/**
 * Runs the command that the words name and answers its exit code:
 * 0 done, 1 refused or findings, 2 wrong usage, 70 our bug, 130 interrupted.
 */
export async function dispatch(words: readonly string[], table: CommandTable, ports: Ports): Promise<number> {
  const asked = words[0] === 'help' ? [...words.slice(1), '--help'] : words;
  try {
    const program = new Command('trunkline')
      .description('GitOps delivery on GitHub, from merged pull request to production.')
      .version(version, '-V, --version');
    await addCommands(program, asked, table, ports);
    prepare(program, ports);
    if (asked.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync([...asked], { from: 'user' });
    return ports.interrupted.aborted ? 130 : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof Exit) return ports.interrupted.aborted ? 130 : error.exitCode;
    return fail(error, words, ports);
  }
}

/** Loads the one command asked for; its neighbours are there by name only, for help and for suggestions. */
async function addCommands(
  parent: Command,
  words: readonly string[],
  table: CommandTable,
  ports: Ports,
): Promise<void> {
  const [word, ...rest] = words;
  for (const [name, entry] of Object.entries(table)) {
    let command = new Command(name);
    if ('commands' in entry) await addCommands(command, name === word ? rest : [], entry.commands, ports);
    else if (name === word) command = (await entry.load())(ports);
    if (command.description() === '') command.description(entry.summary);
    if (entry.group !== undefined) command.helpGroup(entry.group);
    parent.addCommand(command);
  }
}

/** Commander does not hand its settings down to commands that were made elsewhere. */
function prepare(command: Command, ports: Ports): void {
  command
    .exitOverride()
    .helpCommand(false)
    .showHelpAfterError('(add --help for what it takes)')
    // An option that may be given again and again starts from none: that needs no saying.
    .configureHelp({
      optionDescription: (option) => new Help().optionDescription(option).replace(' (default: [])', ''),
    })
    .configureOutput({
      writeOut: (text) => ports.stdout.write(text),
      writeErr: (text) => ports.stderr.write(text),
      getOutHelpWidth: () => ports.stdout.columns,
      getErrHelpWidth: () => ports.stderr.columns,
    });
  for (const child of command.commands) prepare(child, ports);
}
