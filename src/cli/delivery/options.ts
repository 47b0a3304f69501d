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

/** What somebody has to say: a blank says nothing. */
export function saidOption(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('expected some words, found none.');
  return text;
}

/** A ref with its kind, for a branch and a tag may have one name. */
export function refOption(text: string): string {
  if (!/^refs\/./.test(text))
    throw new InvalidArgumentError('expected a whole ref such as refs/heads/main or refs/tags/v1.');
  return text;
}

/** `2h` as milliseconds. */
export function durationOption(text: string): number {
  const parsed = parseDuration(text);
  if (parsed === undefined) throw new InvalidArgumentError('expected a duration such as 30m, 24h or 7d.');
  return parsed;
}
