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
  const spans: Span[] = [];
  let event: Map<string, Property> | undefined;
  for (const property of properties(text)) {
    const said = `${property.name}:${property.value}`.toUpperCase();
    if (said === 'BEGIN:VEVENT') event = new Map();
    else if (said === 'END:VEVENT' && event !== undefined) {
      if (event.get('STATUS')?.value.toUpperCase() !== 'CANCELLED') spans.push(spanOf(file, event, timezone));
      event = undefined;
    } else if (event !== undefined) {
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
  if (!/^\uFEFF?BEGIN:VCALENDAR/i.test(text)) throw invalid(file, 1, 'expected BEGIN:VCALENDAR, found something else');
  return spans;
}

interface Property {
  readonly name: string;
  readonly parameters: string;
  readonly value: string;
  readonly line: number;
}

/** Lines that begin with a blank go on with the line before. */
function properties(text: string): readonly Property[] {
  const lines: { text: string; line: number }[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const last = lines.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) last.text += line.slice(1);
    else lines.push({ text: line, line: index + 1 });
  }
  return lines.flatMap(({ text: whole, line }) => {
    const match = /^([A-Za-z-]+)((?:;[^:"]*(?:"[^"]*"[^:"]*)*)?):(.*)$/.exec(whole);
    if (match === null) return [];
    const [, name = '', parameters = '', value = ''] = match;
    return [{ name: name.toUpperCase(), parameters, value: value.trim(), line }];
  });
}

function spanOf(file: string, event: ReadonlyMap<string, Property>, timezone: string): Span {
  const start = event.get('DTSTART');
  if (start === undefined) throw invalid(file, undefined, 'expected DTSTART in every event, found an event without');
  const from = momentOf(file, start, timezone);
  const end = event.get('DTEND');
  const duration = event.get('DURATION');
  const to =
    end !== undefined
      ? momentOf(file, end, timezone)
      : duration !== undefined
        ? attempt(file, duration, () => from.add(duration.value))
        : isDate(start)
          ? from.add({ days: 1 })
          : from;
  return { start: from.epochMilliseconds, end: to.epochMilliseconds };
}

function isDate({ value }: Property): boolean {
  return /^\d{8}$/.test(value);
}

function momentOf(file: string, property: Property, timezone: string): Temporal.ZonedDateTime {
  const { value, parameters } = property;
  const named = /;TZID="?([^;":]+)"?/i.exec(parameters)?.[1];
  return attempt(file, property, () => {
    if (isDate(property)) return Temporal.PlainDate.from(value).toZonedDateTime(timezone);
    if (/^\d{8}T\d{6}Z$/.test(value)) return Temporal.Instant.from(value).toZonedDateTimeISO(timezone);
    if (/^\d{8}T\d{6}$/.test(value)) return Temporal.PlainDateTime.from(value).toZonedDateTime(named ?? timezone);
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
