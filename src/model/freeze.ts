/** A time during which an environment is closed to releases. */
export interface Freeze {
  readonly name: string;
  /** IANA name; times of day and dates are read on this zone's clocks. */
  readonly timezone: string;
  readonly when: Daily | Weekly | Yearly | Range | Calendar;
  /** Spans in which the freeze does not count. */
  readonly except: readonly Range[];
  /** Slug of the team of which one member may let a pull request through while it is frozen. */
  readonly override?: string;
}

/** Every day from one time to another, `22:00`; it may span midnight. */
export interface Daily {
  readonly kind: 'daily';
  readonly start: string;
  readonly end: string;
}

/** Every year from one day and time to another, `12-20T18:00`; it may span the year's end. */
export interface Yearly {
  readonly kind: 'yearly';
  readonly start: string;
  readonly end: string;
}

/** Every week from one moment to another; it may span the week's end. */
export interface Weekly {
  readonly kind: 'weekly';
  readonly start: WeekMoment;
  readonly end: WeekMoment;
}

export interface WeekMoment {
  /** 1 for Monday to 7 for Sunday. */
  readonly day: number;
  /** `16:00` */
  readonly time: string;
}

/** Once, from one local date and time to another: `2026-12-20T18:00`. */
export interface Range {
  readonly kind: 'range';
  readonly start: string;
  readonly end: string;
}

/** Every event of an iCalendar file of the infra repository. */
export interface Calendar {
  readonly kind: 'calendar';
  readonly file: string;
}

const clock = '(?:[01][0-9]|2[0-3]):[0-5][0-9]';
const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Reads `22:00`; undefined for anything else. */
export function parseTimeOfDay(text: string): string | undefined {
  return new RegExp(`^${clock}$`).test(text) ? text : undefined;
}

/** Reads `12-20 18:00` into `12-20T18:00`; undefined for anything else, and for days that not every year has. */
export function parseYearMoment(text: string): string | undefined {
  const local = parseLocalTime(`2027-${text}`);
  return local?.slice('2027-'.length);
}

/** Reads `Fri 16:00`; undefined for anything else. */
export function parseWeekMoment(text: string): WeekMoment | undefined {
  const [, day = '', time = ''] = new RegExp(`^([A-Z][a-z]{2}) (${clock})$`).exec(text) ?? [];
  const index = days.indexOf(day);
  return index < 0 ? undefined : { day: index + 1, time };
}

/** Reads `2026-12-20 18:00` into `2026-12-20T18:00`; undefined for anything else, and for days that do not exist. */
export function parseLocalTime(text: string): string | undefined {
  const match = new RegExp(`^(\\d{4})-(\\d{2})-(\\d{2}) (${clock})$`).exec(text);
  if (match === null) return undefined;
  const [, year, month, day, time = ''] = match;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.toISOString().slice(0, 10) !== text.slice(0, 10)) return undefined;
  return `${text.slice(0, 10)}T${time}`;
}
