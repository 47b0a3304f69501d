import { expect, test } from 'vitest';
import { TrunklineError } from '../errors.ts';
import { parseConfig } from './parse-config.ts';

const base =
  'kind: Environments\naccept: { acme/app: { services: { api: api-team } } }\nmanifests: { json: "{environment}.json", path: "{service}" }\n';

function faults(text: string): string[] {
  try {
    parseConfig('t.yaml', base + text);
    return [];
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    return error.problems.map((one) =>
      [`${one.location?.line ?? ''}:${one.location?.column ?? ''}`, one.message, one.hint ?? ''].join(' | '),
    );
  }
}

test('gates, freezes, groups and limits of hotfixes are read, with what is usual where nothing is said', () => {
  const config = parseConfig(
    't.yaml',
    `${base}freezes:
  weekend: { start: Fri 16:00, end: Mon 08:00, timezone: Europe/Berlin, override: release-leads }
  turn: { start: 2026-12-20 18:00, end: 2027-01-04 08:00, timezone: Europe/Berlin, except: [{ start: 2026-12-28 09:00, end: 2026-12-28 12:00 }] }
  holidays: { calendar: .trunkline/holidays.ics, timezone: America/New_York }
groups:
  production: { approve: { owner: 1, platform: 1 }, gates: { freeze: [weekend, turn] } }
hotfix: { skip: [healthy], due: { cleanup: 12h } }
environments:
  dev: { track: main, merge: auto, batch: when-busy }
  staging: { from: dev, gates: { synced: true, checks: [smoke] } }
  eu: { from: staging, group: production, gates: { healthy: 24h, trailers: [Change-Record] } }
  us: { from: eu, group: production, gates: { healthy: 1h } }
`,
  ).environments;
  expect(
    config?.environments.map(({ name, group, approve, gates, batch }) => ({ name, group, approve, gates, batch })),
  ).toEqual([
    {
      name: 'dev',
      group: undefined,
      approve: {},
      batch: 'when-busy',
      gates: { synced: false, freeze: [], trailers: [], checks: [] },
    },
    {
      name: 'staging',
      group: undefined,
      approve: {},
      batch: 'off',
      gates: { synced: true, freeze: [], trailers: [], checks: ['smoke'] },
    },
    {
      name: 'eu',
      group: 'production',
      approve: { owner: 1, platform: 1 },
      batch: 'off',
      gates: {
        synced: false,
        healthy: 86_400_000,
        freeze: ['weekend', 'turn'],
        trailers: ['Change-Record'],
        checks: [],
      },
    },
    {
      name: 'us',
      group: 'production',
      approve: { owner: 1, platform: 1 },
      batch: 'off',
      gates: { synced: false, healthy: 3_600_000, freeze: ['weekend', 'turn'], trailers: [], checks: [] },
    },
  ]);
  expect(config?.freezes.map((one) => one.when)).toEqual([
    { kind: 'weekly', start: { day: 5, time: '16:00' }, end: { day: 1, time: '08:00' } },
    { kind: 'range', start: '2026-12-20T18:00', end: '2027-01-04T08:00' },
    { kind: 'calendar', file: '.trunkline/holidays.ics' },
  ]);
  expect(config?.hotfix).toMatchObject({
    skip: ['healthy'],
    lines: 50,
    due: { cleanup: 43_200_000, postMortem: 172_800_000 },
  });
});

test.each([
  [
    'a freeze and a group that nobody defined',
    'freezes: { weekend: { start: Fri 16:00, end: Mon 08:00, timezone: UTC } }\nenvironments:\n  dev: { track: main, group: prd, gates: { freeze: [weekend, wekend] } }\n',
    [
      '6:30 | environments.dev.group: expected a group, found "prd" | none is defined',
      '6:62 | environments.dev.gates.freeze: expected a freeze, found "wekend" | did you mean "weekend"?',
    ],
  ],
  [
    'moments that are none',
    'freezes:\n  a: { start: Friday 16:00, end: Mon 24:00, timezone: Berlin }\n  b: { start: 2026-02-29 10:00, end: 2026-03-01 10:00, timezone: +02:00 }\n  c: { start: Fri 10:00, end: 2026-03-01 10:00, timezone: UTC }\n  d: { start: 2026-03-02 10:00, end: 2026-03-01 10:00, timezone: UTC }\n  e: { timezone: UTC }\n  f: { calendar: x.yaml, timezone: UTC, except: [{ start: Fri 10:00, end: Fri 11:00 }] }\nenvironments: { dev: { track: main } }\n',
    [
      '5:15 | freezes.a.start: expected a moment such as "22:00", "Fri 16:00", "12-20 18:00" or "2026-12-20 18:00", found "Friday 16:00" | ',
      '5:34 | freezes.a.end: expected a moment such as "22:00", "Fri 16:00", "12-20 18:00" or "2026-12-20 18:00", found "Mon 24:00" | ',
      '5:55 | freezes.a.timezone: expected a time zone such as Europe/Berlin, found "Berlin" | ',
      '6:15 | freezes.b.start: expected a moment such as "22:00", "Fri 16:00", "12-20 18:00" or "2026-12-20 18:00", found "2026-02-29 10:00" | ',
      '6:66 | freezes.b.timezone: expected a time zone such as Europe/Berlin, found "+02:00" | ',
      '7:6 | freezes.c: expected two moments of one form, found "Fri 10:00" and "2026-03-01 10:00" | ',
      '8:38 | freezes.d.end: expected it after "start", found "2026-03-01 10:00" | ',
      '9:6 | freezes.e: expected "start" and "end", or "calendar", found none | for example start: Fri 16:00, end: Mon 08:00',
      '10:18 | freezes.f.calendar: expected an iCalendar file (.ics), found "x.yaml" | ',
      '10:59 | freezes.f.except.0.start: expected a moment such as "2026-12-20 18:00", found "Fri 10:00" | ',
      '10:75 | freezes.f.except.0.end: expected a moment such as "2026-12-20 18:00", found "Fri 11:00" | ',
    ],
  ],
  [
    'keys that nobody knows',
    'freezes: { w: { start: Fri 16:00, end: Mon 08:00, timezone: UTC, overide: x } }\nhotfix: { due: { clean: 1h } }\nenvironments: { dev: { track: main, gates: { freezes: [w] } } }\n',
    [
      '4:66 | unknown key "overide" in freezes.w | did you mean "override"?',
      '5:18 | unknown key "clean" in hotfix.due | did you mean "cleanup"?',
      '6:46 | unknown key "freezes" in environments.dev.gates | did you mean "freeze"?',
    ],
  ],
  [
    'what a group says and an environment says again',
    'groups: { prod: { approve: { owner: 1 }, gates: { healthy: 1h } }, dev: {} }\nenvironments:\n  dev: { track: main, gates: { synced: true } }\n  a: { from: dev, group: prod, approve: { owner: 2 }, gates: { healthy: 2h } }\n',
    [
      "4:73 | groups.dev: expected a name of its own, found an environment's | ",
      '4:73 | groups.dev: expected an environment with "group: dev", found none | ',
      '6:40 | environments.dev.gates.synced: expected an environment with "from", whose release it could look at, found one with "track" | ',
      '7:41 | environments.a.approve: expected approvals in groups.prod alone, found both | ',
      '7:73 | environments.a.gates.healthy: expected it in groups.prod or here, found both | ',
    ],
  ],
  [
    'batches where people decide',
    'environments:\n  dev: { track: main, batch: when-busy }\n  a: { from: dev, merge: auto, batch: when-busy, approve: { owner: 1 } }\n',
    [
      '5:30 | environments.dev.batch: expected "merge: auto" and no approvals beside it, found merge: manual | where people approve, each service has a pull request of its own',
      '6:39 | environments.a.batch: expected "merge: auto" and no approvals beside it, found approvals | where people approve, each service has a pull request of its own',
    ],
  ],
])('refuses %s', (_name, text, expected) => {
  expect(faults(text).sort()).toEqual([...expected].sort());
});
