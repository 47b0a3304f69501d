import { Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../model/duration.ts';

/** A command with the options that every delivery command has. */
export function deliveryCommand(name: string, summary: string, example: string): Command {
  return new Command(name)
    .description(summary)
    .option('--repository <owner/name>', 'the infra repository (by default the one this is run in)')
    .option('--dry-run', 'print the plan; nothing can be written')
    .option('--json', 'print for machines')
    .addHelpText('after', `\nExample:\n  $ ${example.replaceAll('\n', '\n  $ ')}`);
}

/** `2h` as milliseconds. */
export function durationOption(text: string): number {
  const parsed = parseDuration(text);
  if (parsed === undefined) throw new InvalidArgumentError('expected a duration such as 30m, 24h or 7d.');
  return parsed;
}
