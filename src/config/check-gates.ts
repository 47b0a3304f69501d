import type { Location, Problem } from '../errors.ts';
import { parseLocalTime, parseTimeOfDay, parseWeekMoment, parseYearMoment } from '../model/freeze.ts';
import type { EnvironmentsDocument } from './environments-schema.ts';
import { suggest } from './suggest.ts';

type Fault = (message: string, path: readonly string[], hint?: string) => void;

/** What a schema cannot say of groups, gates, freezes and batches. */
export function checkGates(document: EnvironmentsDocument, locate: (path: readonly string[]) => Location): Problem[] {
  const problems: Problem[] = [];
  const fault: Fault = (message, path, hint) => {
    problems.push({ code: 'CONFIG_INVALID', message, location: locate(path), ...(hint === undefined ? {} : { hint }) });
  };
  for (const name of Object.keys(document.environments)) checkEnvironment(document, name, fault);
  for (const [name, group] of Object.entries(document.groups)) {
    const path = ['groups', name];
    if (Object.hasOwn(document.environments, name))
      fault(`groups.${name}: expected a name of its own, found an environment's`, path);
    checkFreezeNames(document, group.gates?.freeze ?? [], [...path, 'gates', 'freeze'], fault);
    if (!Object.values(document.environments).some((one) => one.group === name))
      fault(`groups.${name}: expected an environment with "group: ${name}", found none`, path);
  }
  for (const name of Object.keys(document.freezes)) checkFreeze(document, name, fault);
  return problems;
}

function checkEnvironment(document: EnvironmentsDocument, name: string, fault: Fault): void {
  const one = document.environments[name];
  if (one === undefined) return;
  const path = ['environments', name];
  const group =
    one.group !== undefined && Object.hasOwn(document.groups, one.group) ? document.groups[one.group] : undefined;
  if (one.group !== undefined && group === undefined)
    fault(
      `${path.join('.')}.group: expected a group, found "${one.group}"`,
      [...path, 'group'],
      known(one.group, document.groups),
    );
  if (group !== undefined && one.approve !== undefined)
    fault(`${path.join('.')}.approve: expected approvals in groups.${one.group ?? ''} alone, found both`, [
      ...path,
      'approve',
    ]);
  for (const [key, value] of Object.entries(one.gates ?? {})) {
    const also = (group?.gates as Record<string, unknown> | undefined)?.[key];
    if (value !== undefined && also !== undefined)
      fault(`${path.join('.')}.gates.${key}: expected it in groups.${one.group ?? ''} or here, found both`, [
        ...path,
        'gates',
        key,
      ]);
  }
  checkFreezeNames(document, one.gates?.freeze ?? [], [...path, 'gates', 'freeze'], fault);
  for (const key of ['synced', 'healthy'] as const) {
    const asked = one.gates?.[key] ?? group?.gates?.[key];
    if (one.from === undefined && asked !== undefined && asked !== false)
      fault(
        `${path.join('.')}.gates.${key}: expected an environment with "from", whose release it could look at, found one with "track"`,
        one.gates?.[key] === undefined ? path : [...path, 'gates', key],
      );
  }
  const approve = one.approve ?? group?.approve ?? {};
  if (one.batch !== 'off' && (one.merge !== 'auto' || Object.keys(approve).length > 0))
    fault(
      `${path.join('.')}.batch: expected "merge: auto" and no approvals beside it, found ${one.merge === 'auto' ? 'approvals' : `merge: ${one.merge}`}`,
      [...path, 'batch'],
      'where people approve, each service has a pull request of its own',
    );
}

function checkFreezeNames(
  document: EnvironmentsDocument,
  names: readonly string[],
  path: readonly string[],
  fault: Fault,
): void {
  for (const [index, name] of names.entries()) {
    if (Object.hasOwn(document.freezes, name)) continue;
    fault(
      `${path.join('.')}: expected a freeze, found "${name}"`,
      [...path, String(index)],
      known(name, document.freezes),
    );
  }
}

function checkFreeze(document: EnvironmentsDocument, name: string, fault: Fault): void {
  const freeze = document.freezes[name];
  if (freeze === undefined) return;
  const path = ['freezes', name];
  const place = path.join('.');
  if (!isTimezone(freeze.timezone))
    fault(`${place}.timezone: expected a time zone such as Europe/Berlin, found "${freeze.timezone}"`, [
      ...path,
      'timezone',
    ]);
  const { start, end, calendar } = freeze;
  if (calendar !== undefined) {
    if (start !== undefined || end !== undefined)
      fault(`${place}: expected "calendar" or "start" and "end", found both`, path);
    if (!calendar.endsWith('.ics'))
      fault(`${place}.calendar: expected an iCalendar file (.ics), found "${calendar}"`, [...path, 'calendar']);
  } else if (start === undefined || end === undefined) {
    fault(
      `${place}: expected "start" and "end", or "calendar", found ${start ?? end ?? 'none'}`,
      path,
      'for example start: Fri 16:00, end: Mon 08:00',
    );
  } else checkSpan(place, path, { start, end }, true, fault);
  for (const [index, span] of freeze.except.entries())
    checkSpan(`${place}.except.${index}`, [...path, 'except', String(index)], span, false, fault);
}

function checkSpan(
  place: string,
  path: readonly string[],
  { start, end }: { readonly start: string; readonly end: string },
  recurring: boolean,
  fault: Fault,
): void {
  const forms = recurring ? '"22:00", "Fri 16:00", "12-20 18:00" or "2026-12-20 18:00"' : '"2026-12-20 18:00"';
  const read = (text: string): readonly ['day' | 'week' | 'year' | 'date', string] | undefined => {
    const local = parseLocalTime(text);
    if (local !== undefined || !recurring) return local === undefined ? undefined : ['date', local];
    const week = parseWeekMoment(text);
    if (week !== undefined) return ['week', `${week.day} ${week.time}`];
    const [day, year] = [parseTimeOfDay(text), parseYearMoment(text)];
    return day !== undefined ? ['day', day] : year === undefined ? undefined : ['year', year];
  };
  const [from, to] = [read(start), read(end)];
  if (from === undefined)
    fault(`${place}.start: expected a moment such as ${forms}, found "${start}"`, [...path, 'start']);
  if (to === undefined) fault(`${place}.end: expected a moment such as ${forms}, found "${end}"`, [...path, 'end']);
  if (from === undefined || to === undefined) return;
  if (from[0] !== to[0]) fault(`${place}: expected two moments of one form, found "${start}" and "${end}"`, path);
  else if (from[0] === 'date' ? to[1] <= from[1] : to[1] === from[1])
    fault(`${place}.end: expected it after "start", found "${end}"`, [...path, 'end']);
}

function known(name: string, among: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(among);
  const near = suggest(name, names);
  if (near !== undefined) return `did you mean "${near}"?`;
  return names.length === 0 ? 'none is defined' : `known: ${names.join(', ')}`;
}

function isTimezone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    // Offsets such as +02:00 have no daylight saving: the name of a place says what is meant.
    return /^[A-Za-z]/.test(text);
  } catch {
    return false;
  }
}
