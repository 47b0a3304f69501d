import { expect, test } from 'vitest';
import type { Freeze } from '../../model/freeze.ts';
import { freezeState } from './freeze-spans.ts';

const weekend: Freeze = {
  name: 'weekend',
  timezone: 'Europe/Berlin',
  when: { kind: 'weekly', start: { day: 5, time: '16:00' }, end: { day: 1, time: '08:00' } },
  except: [],
};
const range = (name: string, start: string, end: string, timezone = 'Europe/Berlin'): Freeze => ({
  name,
  timezone,
  when: { kind: 'range', start, end },
  except: [],
});

function at(moment: string, freezes: readonly Freeze[], files: Record<string, string> = {}): readonly [string, string] {
  const { active, until, next } = freezeState(freezes, new Map(Object.entries(files)), Date.parse(moment));
  const time = (ms: number | undefined): string => (ms === undefined ? '' : new Date(ms).toISOString().slice(0, 16));
  return [active.map((one) => one.freeze.name).join(' '), time(until ?? next)];
}

test.each([
  ['before it begins', '2026-11-27T14:59:59Z', '', '2026-11-27T15:00'],
  ['at its first moment', '2026-11-27T15:00:00Z', 'weekend', '2026-11-30T07:00'],
  ['on the Sunday between', '2026-11-29T12:00:00Z', 'weekend', '2026-11-30T07:00'],
  ['at its last moment', '2026-11-30T07:00:00Z', '', '2026-12-04T15:00'],
  ['in the week in which clocks go forward', '2026-03-28T12:00:00Z', 'weekend', '2026-03-30T06:00'],
  ['in the week in which clocks go back', '2026-10-24T12:00:00Z', 'weekend', '2026-10-26T07:00'],
])('a weekly freeze %s', (_name, moment, active, then) => {
  expect(at(moment, [weekend])).toEqual([active, then]);
});

const night: Freeze = {
  name: 'night',
  timezone: 'Europe/Berlin',
  when: { kind: 'daily', start: '22:00', end: '06:00' },
  except: [],
};
const turn: Freeze = {
  name: 'turn',
  timezone: 'Europe/Berlin',
  when: { kind: 'yearly', start: '12-20T18:00', end: '01-04T08:00' },
  except: [],
};

test.each([
  ['every night, before midnight', '2026-11-26T21:00:00Z', [night], 'night', '2026-11-27T05:00'],
  ['every night, after midnight', '2026-11-27T04:59:00Z', [night], 'night', '2026-11-27T05:00'],
  ['every night, by day', '2026-11-27T05:00:00Z', [night], '', '2026-11-27T21:00'],
  ['the night in which clocks go back', '2026-10-24T23:00:00Z', [night], 'night', '2026-10-25T05:00'],
  [
    'at noon',
    '2026-11-26T11:30:00Z',
    [{ ...night, when: { kind: 'daily', start: '12:00', end: '13:00' } }],
    'night',
    '2026-11-26T12:00',
  ],
  ['every year, before the turn', '2026-12-20T17:00:00Z', [turn], 'turn', '2027-01-04T07:00'],
  ['every year, after the turn', '2028-01-04T06:59:00Z', [turn], 'turn', '2028-01-04T07:00'],
  ['every year, in summer', '2026-07-01T00:00:00Z', [turn], '', '2026-12-20T17:00'],
  ['a night that joins a weekend', '2026-11-27T14:00:00Z', [weekend, night], '', '2026-11-27T15:00'],
] as const)('a freeze that comes %s', (_name, moment, freezes, active, then) => {
  expect(at(moment, freezes)).toEqual([active, then]);
});

test('a local time that clocks skip or repeat leaves no gap', () => {
  const night = (start: string, end: string): Freeze => range('night', start, end);
  // 02:30 on 2026-03-29 does not exist in Berlin, 02:30 on 2026-10-25 does twice.
  expect(at('2026-03-29T00:30:00Z', [night('2026-03-29T02:30', '2026-03-29T05:00')])).toEqual([
    'night',
    '2026-03-29T03:00',
  ]);
  expect(at('2026-10-25T01:29:00Z', [night('2026-10-25T00:00', '2026-10-25T02:30')])).toEqual([
    'night',
    '2026-10-25T01:30',
  ]);
});

test('an exception that ends in an hour that is repeated ends the first time', () => {
  const open = { kind: 'range', start: '2026-10-25T01:00', end: '2026-10-25T02:30' } as const;
  const day = { ...range('day', '2026-10-25T00:00', '2026-10-26T00:00'), except: [open] };
  expect(at('2026-10-25T00:15:00Z', [day])).toEqual(['', '2026-10-25T00:30']);
  expect(at('2026-10-25T00:45:00Z', [day])[0]).toBe('day');
});

test('freezes that follow without a gap end with the last of them', () => {
  const turn = range('turn', '2026-12-20T18:00', '2027-01-02T12:00');
  expect(at('2026-12-26T10:00:00Z', [weekend, turn])).toEqual(['weekend turn', '2027-01-04T07:00']);
  expect(at('2026-12-30T10:00:00Z', [weekend, turn])).toEqual(['turn', '2027-01-04T07:00']);
});

test('an exception opens its own freeze, not another', () => {
  const open = { kind: 'range', start: '2026-11-28T09:00', end: '2026-11-28T12:00' } as const;
  expect(at('2026-11-28T09:00:00Z', [{ ...weekend, except: [open] }])).toEqual(['', '2026-11-28T11:00']);
  expect(at('2026-11-28T07:00:00Z', [{ ...weekend, except: [open] }])).toEqual(['weekend', '2026-11-28T08:00']);
  const whole = range('audit', '2026-11-28T00:00', '2026-11-29T00:00');
  expect(at('2026-11-28T09:00:00Z', [{ ...weekend, except: [open] }, whole])[0]).toBe('audit');
});

const calendar = (...events: string[]): Record<string, string> => ({
  'holidays.ics': [
    'BEGIN:VCALENDAR',
    ...events.flatMap((one) => ['BEGIN:VEVENT', ...one.split('\n'), 'END:VEVENT']),
    'END:VCALENDAR',
    '',
  ].join('\r\n'),
});
const holidays: Freeze = {
  name: 'holidays',
  timezone: 'America/New_York',
  when: { kind: 'calendar', file: 'holidays.ics' },
  except: [],
};

test('a calendar closes on its events', () => {
  const files = calendar(
    'SUMMARY:Thanks\n giving\nDTSTART;VALUE=DATE:20261126',
    'DTSTART;TZID=Europe/Berlin:20261224T180000\nDTEND;TZID=Europe/Berlin:20261227T080000',
    'DTSTART:20261231T200000Z\nDURATION:PT12H\nBEGIN:VALARM\nTRIGGER:-PT5M\nDURATION:PT1M\nEND:VALARM',
    'DTSTART:20261101T000000\nDTEND:20261101T013000',
    'DTSTART:20270105T200000\nDTEND:20270105T210000\nSTATUS:CANCELLED',
  );
  expect(at('2026-11-01T05:00:00Z', [holidays], files)).toEqual(['holidays', '2026-11-01T06:30']);
  expect(at('2026-11-26T05:00:00Z', [holidays], files)).toEqual(['holidays', '2026-11-27T05:00']);
  expect(at('2026-12-24T16:59:00Z', [holidays], files)).toEqual(['', '2026-12-24T17:00']);
  expect(at('2026-12-26T00:00:00Z', [holidays], files)).toEqual(['holidays', '2026-12-27T07:00']);
  expect(at('2027-01-01T07:59:00Z', [holidays], files)).toEqual(['holidays', '2027-01-01T08:00']);
  expect(at('2027-01-06T01:30:00Z', [holidays], files)).toEqual(['', '']);
});

test.each([
  ['is not there', {}, 'expected the calendar holidays.ics, found no such file'],
  ['is something else', { 'holidays.ics': '{}' }, 'expected BEGIN:VCALENDAR, found something else'],
  ['recurs', calendar('DTSTART:20261231T200000Z\nRRULE:FREQ=YEARLY'), 'found one that recurs'],
  ['has no moment', calendar('DTSTART:tomorrow'), 'expected a date or a time in DTSTART, found "tomorrow"'],
  ['is cut off', { 'holidays.ics': 'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261231T200000Z' }, 'expected END:VEVENT'],
  ['has a line that says nothing', calendar('DTSTART:20261231T200000Z\nDTEND 20270102'), 'found "DTEND 20270102"'],
  ['ends before it starts', calendar('DTSTART:20261231T200000Z\nDTEND:20261230T200000Z'), 'found it before'],
  ['has no start', calendar('SUMMARY:x'), 'expected DTSTART in every event'],
  ['names no zone', calendar('DTSTART;TZID=Mars/Olympus:20261224T180000'), 'found ";TZID=Mars/Olympus20261224T180000"'],
])('a calendar that %s is refused', (_name, files, message) => {
  expect(() => at('2026-12-26T00:00:00Z', [holidays], files)).toThrow(message);
});
