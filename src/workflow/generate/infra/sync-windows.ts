import type { Freeze, WeekMoment } from '../../../model/freeze.ts';
import type { Fields } from '../render-yaml.ts';

const week = 7 * 24 * 60;

/**
 * Freezes as windows in which Argo CD syncs nothing: those that come every week. Dates and calendars have no such form
 * there; the policy holds them, as it holds these, before anything is merged.
 */
export function syncWindows(freezes: readonly Freeze[], applications: readonly string[]): readonly Fields[] {
  return freezes.flatMap(({ timezone, when, except }) => {
    // A window cannot be opened for a while: the policy alone holds a freeze that has exceptions.
    if (when.kind !== 'weekly' || except.length > 0) return [];
    const { start, end } = when;
    const minutes = (minuteOfWeek(end) - minuteOfWeek(start) + week) % week;
    const [hour = '0', minute = '0'] = start.time.split(':');
    return [
      {
        kind: 'deny',
        schedule: `${Number(minute)} ${Number(hour)} * * ${start.day % 7}`,
        duration: `${minutes === 0 ? week : minutes}m`,
        timeZone: timezone,
        applications: [...applications],
        // A way back is a merged pull request too: somebody may sync it by hand.
        manualSync: true,
      },
    ];
  });
}

function minuteOfWeek({ day, time }: WeekMoment): number {
  const [hour = '0', minute = '0'] = time.split(':');
  return (day * 24 + Number(hour)) * 60 + Number(minute);
}
