import {
  type Freeze,
  parseLocalTime,
  parseTimeOfDay,
  parseWeekMoment,
  parseYearMoment,
  type Range,
} from '../model/freeze.ts';
import { type Gates, noGates } from '../model/gates.ts';
import { defaultHotfixLimits, type HotfixLimits } from '../model/hotfix-limits.ts';
import type { FreezeDocument, GatesDocument, HotfixDocument } from './gates-schema.ts';

/** What an environment says and what its group says; `checkGates` refuses a key that both say. */
export function toGates(group: GatesDocument | undefined, own: GatesDocument | undefined): Gates {
  const said = Object.entries({ ...group, ...own }).filter(([, value]) => value !== undefined);
  return { ...noGates, ...(Object.fromEntries(said) as Partial<Gates>) };
}

export function toFreezes(document: Readonly<Record<string, FreezeDocument>>): readonly Freeze[] {
  return Object.entries(document).map(
    ([name, { start = '', end = '', calendar, timezone, except, override }]): Freeze => ({
      name,
      timezone,
      when: calendar === undefined ? toWhen(start, end) : { kind: 'calendar', file: calendar },
      except: except.map(toRange),
      ...(override === undefined ? {} : { override }),
    }),
  );
}

function toWhen(start: string, end: string): Freeze['when'] {
  const [from, to] = [parseWeekMoment(start), parseWeekMoment(end)];
  if (from !== undefined && to !== undefined) return { kind: 'weekly', start: from, end: to };
  const [opens, closes] = [parseTimeOfDay(start), parseTimeOfDay(end)];
  if (opens !== undefined && closes !== undefined) return { kind: 'daily', start: opens, end: closes };
  const [first, last] = [parseYearMoment(start), parseYearMoment(end)];
  if (first !== undefined && last !== undefined) return { kind: 'yearly', start: first, end: last };
  return toRange({ start, end });
}

function toRange({ start, end }: { readonly start: string; readonly end: string }): Range {
  return { kind: 'range', start: parseLocalTime(start) ?? '', end: parseLocalTime(end) ?? '' };
}

export function toHotfixLimits(document: HotfixDocument | undefined): HotfixLimits {
  const standard = defaultHotfixLimits;
  const { skip = standard.skip, lines = standard.lines, quota, due } = document ?? {};
  return {
    skip,
    lines,
    quota: { week: quota?.week ?? standard.quota.week, author: quota?.author ?? standard.quota.author },
    due: {
      forwardPort: due?.['forward-port'] ?? standard.due.forwardPort,
      backFill: due?.['back-fill'] ?? standard.due.backFill,
      cleanup: due?.cleanup ?? standard.due.cleanup,
      postMortem: due?.['post-mortem'] ?? standard.due.postMortem,
    },
  };
}
