import { Temporal } from 'temporal-polyfill';
import { TrunklineError } from '../../errors.ts';
import type { Daily, Freeze, Range, Weekly, Yearly } from '../../model/freeze.ts';
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
  // What recurs is counted out as far as it could join a longer freeze.
  const horizon = Math.max(now + 35 * day, ...once.flat().map((span) => span.end + 8 * day));
  const all = freezes.map((freeze, index) => ({
    freeze,
    spans: without([...(once[index] ?? []), ...recurring(freeze, now, horizon)], freeze),
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
  if (when.kind !== 'calendar') return [];
  const text = files.get(when.file);
  if (text !== undefined) return parseCalendar(when.file, text, timezone);
  throw new TrunklineError('CONFIG_INVALID', `expected the calendar ${when.file}, found no such file`, {
    location: { file: when.file },
  });
}

/** Spans of what comes every day, week or year, from the one before the first moment to one after the last. */
function recurring({ when, timezone }: Freeze, from: number, to: number): readonly Span[] {
  const today = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timezone).toPlainDate();
  switch (when.kind) {
    case 'daily':
      return counted(today.subtract({ days: 1 }), { days: 1 }, (date) => dayOf(date, when, timezone), to);
    case 'weekly':
      return counted(
        today.subtract({ days: today.dayOfWeek + 6 }),
        { days: 7 },
        (monday) => weekOf(monday, when, timezone),
        to,
      );
    case 'yearly':
      return counted(
        today.with({ month: 1, day: 1 }).subtract({ years: 1 }),
        { years: 1 },
        ({ year }) => yearOf(year, when, timezone),
        to,
      );
    default:
      return [];
  }
}

function counted(
  first: Temporal.PlainDate,
  step: { readonly days?: number; readonly years?: number },
  spanAt: (date: Temporal.PlainDate) => Span,
  to: number,
): readonly Span[] {
  const spans: Span[] = [];
  let at = first;
  do {
    spans.push(spanAt(at));
    at = at.add(step);
  } while ((spans.at(-1)?.start ?? to) < to);
  return spans;
}

function dayOf(date: Temporal.PlainDate, { start, end }: Daily, timezone: string): Span {
  const last = end <= start ? date.add({ days: 1 }) : date;
  return {
    start: instantOf(`${date.toString()}T${start}`, timezone, 'earlier'),
    end: instantOf(`${last.toString()}T${end}`, timezone, 'later'),
  };
}

function yearOf(year: number, { start, end }: Yearly, timezone: string): Span {
  return {
    start: instantOf(`${year}-${start}`, timezone, 'earlier'),
    end: instantOf(`${end <= start ? year + 1 : year}-${end}`, timezone, 'later'),
  };
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
