import { Temporal } from 'temporal-polyfill';
import { TrunklineError } from '../../errors.ts';

/** From one instant to another, in milliseconds since the epoch; the end does not belong to it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The events of an iCalendar file (RFC 5545): dates, local times with or without a zone, UTC; an end or a duration.
 * @throws CONFIG_INVALID for what it cannot read, recurring events among them: nothing is passed over
 */
export function parseCalendar(file: string, text: string, timezone: string): readonly Span[] {
  if (!/^\uFEFF?BEGIN:VCALENDAR/i.test(text)) throw invalid(file, 1, 'expected BEGIN:VCALENDAR, found something else');
  const spans: Span[] = [];
  let event: Map<string, Property> | undefined;
  const open: string[] = [];
  for (const property of properties(file, text)) {
    const said = property.value.toUpperCase();
    if (property.name === 'BEGIN') {
      open.push(said);
      if (said === 'VEVENT') event = new Map();
    } else if (property.name === 'END') {
      const begun = open.pop();
      if (begun !== said)
        throw invalid(file, property.line, `expected END:${begun ?? '… of what began'}, found END:${said}`);
      if (said !== 'VEVENT' || event === undefined) continue;
      if (event.get('STATUS')?.value.toUpperCase() !== 'CANCELLED') spans.push(spanOf(file, event, timezone));
      event = undefined;
    } else if (event !== undefined && open.at(-1) === 'VEVENT') {
      if (['RRULE', 'RDATE'].includes(property.name))
        throw invalid(
          file,
          property.line,
          'expected events that happen once, found one that recurs',
          'write what recurs every week under freezes',
        );
      event.set(property.name, property);
    }
  }
  const cut = open.at(-1);
  if (cut !== undefined) throw invalid(file, undefined, `expected END:${cut}, found the end of the file`);
  return spans;
}

interface Property {
  readonly name: string;
  readonly parameters: string;
  readonly value: string;
  readonly line: number;
}

/** Lines that begin with a blank go on with the line before. */
function properties(file: string, text: string): readonly Property[] {
  const lines: { text: string; line: number }[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const last = lines.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) last.text += line.slice(1);
    else lines.push({ text: line, line: index + 1 });
  }
  return lines.flatMap(({ text: whole, line }) => {
    const match = /^([A-Za-z0-9-]+)((?:;[^:"]*(?:"[^"]*"[^:"]*)*)?):(.*)$/.exec(whole);
    if (match === null) {
      if (whole.trim() === '') return [];
      throw invalid(file, line, `expected a line like "DTSTART:20261224T180000", found "${whole.slice(0, 80)}"`);
    }
    const [, name = '', parameters = '', value = ''] = match;
    return [{ name: name.toUpperCase(), parameters, value: value.trim(), line }];
  });
}

function spanOf(file: string, event: ReadonlyMap<string, Property>, timezone: string): Span {
  const start = event.get('DTSTART');
  if (start === undefined) throw invalid(file, undefined, 'expected DTSTART in every event, found an event without');
  const from = momentOf(file, start, timezone, 'earlier');
  const end = event.get('DTEND');
  const duration = event.get('DURATION');
  const to =
    end !== undefined
      ? momentOf(file, end, timezone, 'later')
      : duration !== undefined
        ? attempt(file, duration, () => from.add(duration.value))
        : isDate(start)
          ? from.add({ days: 1 })
          : from;
  if (to.epochMilliseconds < from.epochMilliseconds)
    throw invalid(file, (end ?? duration ?? start).line, 'expected an event to end after its start, found it before');
  return { start: from.epochMilliseconds, end: to.epochMilliseconds };
}

function isDate({ value }: Property): boolean {
  return /^\d{8}$/.test(value);
}

/** A local time that clocks skip or repeat is taken so that the event covers what lies between. */
function momentOf(
  file: string,
  property: Property,
  timezone: string,
  disambiguation: 'earlier' | 'later',
): Temporal.ZonedDateTime {
  const { value, parameters } = property;
  const named = /;TZID="?([^;":]+)"?/i.exec(parameters)?.[1];
  return attempt(file, property, () => {
    if (isDate(property)) return Temporal.PlainDate.from(value).toZonedDateTime(timezone);
    if (/^\d{8}T\d{6}Z$/.test(value)) return Temporal.Instant.from(value).toZonedDateTimeISO(timezone);
    if (/^\d{8}T\d{6}$/.test(value))
      return Temporal.PlainDateTime.from(value).toZonedDateTime(named ?? timezone, { disambiguation });
    throw new RangeError(`no moment: ${value}`);
  });
}

function attempt<T>(file: string, property: Property, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid(
      file,
      property.line,
      `expected a date or a time in ${property.name}, found "${property.parameters}${property.value}"`,
    );
  }
}

function invalid(file: string, line: number | undefined, message: string, hint?: string): TrunklineError {
  return new TrunklineError('CONFIG_INVALID', `${file}: ${message}`, {
    location: { file, ...(line === undefined ? {} : { line }) },
    ...(hint === undefined ? {} : { hint }),
  });
}
