import { Temporal } from 'temporal-polyfill';
import { TrunklineError } from '../../errors.ts';
import type { Freeze, Range, Weekly } from '../../model/freeze.ts';
import { parseCalendar, type Span } from './calendar.ts';

/** What freezes say of a moment. */
export interface FreezeState {
  /** Those in force, each with the start of its span. */
  readonly active: readonly { readonly freeze: Freeze; readonly since: number }[];
  /** When the last of those that follow without a gap ends; undefined where none is in force. */
  readonly until?: number;
  /** When the next one begins, where none is in force. */
  readonly next?: number;
}

const day = 86_400_000;

/**
 * Which of some freezes are in force. `files` are texts of the infra repository, calendars among them.
 * @throws CONFIG_INVALID for a calendar that is missing or cannot be read
 */
export function freezeState(freezes: readonly Freeze[], files: ReadonlyMap<string, string>, now: number): FreezeState {
  const once = freezes.map((freeze) => onceOf(freeze, files));
  // Weeks are counted out as far as they could join a longer freeze.
  const horizon = Math.max(now + 35 * day, ...once.flat().map((span) => span.end + 8 * day));
  const all = freezes.map((freeze, index) => ({
    freeze,
    spans: without([...(once[index] ?? []), ...weeksOf(freeze, now, horizon)], freeze),
  }));
  const active = all.flatMap(({ freeze, spans }) => {
    const span = spans.find((one) => one.start <= now && now < one.end);
    return span === undefined ? [] : [{ freeze, since: span.start }];
  });
  const merged = merge(all.flatMap((one) => one.spans));
  const here = merged.find((one) => one.start <= now && now < one.end);
  const next = merged.find((one) => one.start > now);
  return {
    active,
    ...(here === undefined ? {} : { until: here.end }),
    ...(here !== undefined || next === undefined ? {} : { next: next.start }),
  };
}

function onceOf({ when, timezone }: Freeze, files: ReadonlyMap<string, string>): readonly Span[] {
  if (when.kind === 'range') return [rangeOf(when, timezone)];
  if (when.kind === 'weekly') return [];
  const text = files.get(when.file);
  if (text !== undefined) return parseCalendar(when.file, text, timezone);
  throw new TrunklineError('CONFIG_INVALID', `expected the calendar ${when.file}, found no such file`, {
    location: { file: when.file },
  });
}

function weeksOf({ when, timezone }: Freeze, from: number, to: number): readonly Span[] {
  if (when.kind !== 'weekly') return [];
  const first = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timezone).toPlainDate();
  const spans: Span[] = [];
  let monday = first.subtract({ days: first.dayOfWeek + 6 });
  do {
    spans.push(weekOf(monday, when, timezone));
    monday = monday.add({ days: 7 });
  } while ((spans.at(-1)?.start ?? to) < to);
  return spans;
}

function weekOf(monday: Temporal.PlainDate, { start, end }: Weekly, timezone: string): Span {
  const wraps = end.day < start.day || (end.day === start.day && end.time <= start.time);
  const local = (days: number, time: string): string => `${monday.add({ days }).toString()}T${time}`;
  return {
    start: instantOf(local(start.day - 1, start.time), timezone, 'earlier'),
    end: instantOf(local(end.day - 1 + (wraps ? 7 : 0), end.time), timezone, 'later'),
  };
}

function rangeOf({ start, end }: Range, timezone: string): Span {
  return { start: instantOf(start, timezone, 'earlier'), end: instantOf(end, timezone, 'later') };
}

/** Where clocks are put back or forward, a local time means two instants: a freeze takes in what lies between. */
function instantOf(local: string, timezone: string, disambiguation: 'earlier' | 'later'): number {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(timezone, { disambiguation }).epochMilliseconds;
}

/** What exceptions leave. Where clocks mean two instants, an exception is the shorter one: what lies between stays frozen. */
function without(spans: readonly Span[], { except, timezone }: Freeze): readonly Span[] {
  return except
    .map(({ start, end }) => ({
      start: instantOf(start, timezone, 'later'),
      end: instantOf(end, timezone, 'earlier'),
    }))
    .reduce<readonly Span[]>(
      (left, hole) =>
        left.flatMap((span) =>
          [
            { start: span.start, end: Math.min(span.end, hole.start) },
            { start: Math.max(span.start, hole.end), end: span.end },
          ].filter((one) => one.start < one.end),
        ),
      spans,
    );
}

function merge(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && span.start <= last.end)
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    else merged.push(span);
  }
  return merged;
}
