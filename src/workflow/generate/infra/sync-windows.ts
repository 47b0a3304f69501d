import type { Freeze } from '../../../model/freeze.ts';
import type { Fields } from '../render-yaml.ts';

interface Window {
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  readonly schedule: string;
  readonly minutes: number;
}

const day = 24 * 60;
const week = 7 * day;

/**
 * Freezes as windows in which Argo CD syncs nothing: what comes every day, week or year. The policy holds all freezes
 * before anything is merged; of those below a window could not end, or not open for a while.
 */
export function syncWindows(freezes: readonly Freeze[], applications: readonly string[]): readonly Fields[] {
  return freezes.flatMap((freeze) => {
    const window = withoutWindow(freeze) === undefined ? windowOf(freeze.when) : undefined;
    if (window === undefined) return [];
    return [
      {
        kind: 'deny',
        schedule: window.schedule,
        duration: `${window.minutes}m`,
        timeZone: freeze.timezone,
        applications: [...applications],
        // A way back is a merged pull request too: somebody may sync it by hand.
        manualSync: true,
      },
    ];
  });
}

/** Why a freeze has no window; undefined where it has one. */
export function withoutWindow({ when, except }: Freeze): string | undefined {
  if (when.kind === 'range') return 'it comes once, and a window of Argo CD comes again each year';
  if (when.kind === 'calendar') return 'its calendar is a file that changes by itself';
  if (except.length > 0) return 'a window of Argo CD has no exceptions';
  if (when.kind === 'yearly' && spansLeapDay(when))
    return 'it is a day longer in leap years, and a window of Argo CD is not';
  return undefined;
}

function windowOf(when: Freeze['when']): Window | undefined {
  switch (when.kind) {
    case 'daily': {
      const [start, end] = [minuteOf(when.start), minuteOf(when.end)];
      return { schedule: `${fields(when.start)} * * *`, minutes: lasting(end - start, day) };
    }
    case 'weekly': {
      const { start, end } = when;
      const minutes = (end.day - start.day) * day + minuteOf(end.time) - minuteOf(start.time);
      return { schedule: `${fields(start.time)} * * ${start.day % 7}`, minutes: lasting(minutes, week) };
    }
    case 'yearly': {
      const [start, end] = [yearMinute(when.start), yearMinute(when.end)];
      const [month = '', date = ''] = when.start.slice(0, 5).split('-');
      return {
        schedule: `${fields(when.start.slice(6))} ${Number(date)} ${Number(month)} *`,
        minutes: lasting(end - start, 365 * day),
      };
    }
    default:
      return undefined;
  }
}

function lasting(minutes: number, whole: number): number {
  return minutes > 0 ? minutes : minutes + whole;
}

/** `16:00` → `0 16` */
function fields(time: string): string {
  const [hour = '0', minute = '0'] = time.split(':');
  return `${Number(minute)} ${Number(hour)}`;
}

function minuteOf(time: string): number {
  const [hour = '0', minute = '0'] = time.split(':');
  return Number(hour) * 60 + Number(minute);
}

/** In a year of 365 days. */
function yearMinute(moment: string): number {
  return (Date.parse(`2027-${moment}:00Z`) - Date.parse('2027-01-01T00:00:00Z')) / 60_000;
}

/** Whether the end of February lies within. */
function spansLeapDay({ start, end }: { readonly start: string; readonly end: string }): boolean {
  const march = '03-01T00:00';
  return end <= start ? start < march || end >= march : start < march && end >= march;
}
