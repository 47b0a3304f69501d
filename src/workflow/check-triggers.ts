import { isValidCron } from '@actions/workflow-parser/model/converter/cron';
import type { Problem } from '../errors.ts';
import { TrunklineError } from '../errors.ts';
import { entryOf, literalText, type Template } from '../expression/template.ts';
import { literalEntries, texts } from './fields.ts';
import { filterPattern } from './filter-pattern.ts';
import { invalid } from './problem.ts';

/** Schedules, filters and the inputs of a dispatch in `on:`. */
export function checkTriggers(on: Template | undefined): readonly Problem[] {
  return literalEntries(on).flatMap(([event, value]) => {
    if (event === 'schedule') return checkSchedule(value);
    return event === 'workflow_dispatch' ? checkInputs(entryOf(value, 'inputs')) : checkFilters(event, value);
  });
}

/** docs.github.com, "Events that trigger workflows": the maximum number of top-level properties for inputs is 25. */
const mostInputs = 25;

function checkInputs(inputs: Template | undefined): readonly Problem[] {
  const each = literalEntries(inputs);
  if (inputs !== undefined && each.length > mostInputs) {
    return [invalid(inputs.at, `you may only define up to ${mostInputs} \`inputs\` for a \`workflow_dispatch\` event`)];
  }
  return each.flatMap(([, input]) =>
    literalText(entryOf(input, 'type')) === 'choice' && (texts(entryOf(input, 'options')) ?? []).length === 0
      ? [invalid(input.at, "Missing 'options' for choice input")]
      : [],
  );
}

function checkSchedule(schedule: Template): readonly Problem[] {
  const items = schedule.kind === 'sequence' ? schedule.items : [];
  return items.flatMap((item) => {
    const cron = entryOf(item, 'cron');
    const text = literalText(cron);
    if (cron === undefined || text === undefined || isValidCron(text)) return [];
    return [invalid(cron.at, "Invalid cron expression. Expected format: '* * * * *' (minute hour day month weekday)")];
  });
}

const filtered = new Set(['push', 'pull_request', 'pull_request_target', 'workflow_run', 'merge_group']);

function checkFilters(event: string, value: Template): readonly Problem[] {
  if (!filtered.has(event)) return [];
  return ['branches', 'tags', 'paths'].flatMap((name) => {
    const [wanted, ignored] = [entryOf(value, name), entryOf(value, `${name}-ignore`)];
    if (wanted !== undefined && ignored !== undefined) {
      return [invalid(ignored.at, `you may only define one of \`${name}\` and \`${name}-ignore\` for a single event`)];
    }
    return checkPatterns(wanted ?? ignored);
  });
}

function checkPatterns(patterns: Template | undefined): readonly Problem[] {
  if (patterns === undefined) return [];
  return (patterns.kind === 'sequence' ? patterns.items : [patterns]).flatMap((item) => {
    try {
      filterPattern(literalText(item) ?? '');
      return [];
    } catch (error) {
      if (!(error instanceof TrunklineError)) throw error;
      return [invalid(item.at, error.message)];
    }
  });
}
