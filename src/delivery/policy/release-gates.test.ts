import { expect, test } from 'vitest';
import { hotfixesPath } from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { type Digest, parseDigest } from '../../model/digest.ts';
import { parseHotfixes } from '../records.ts';
import type { Deployed, HealthReport, PublishedRelease } from '../state.ts';
import { type PolicyFacts, stepKey } from './facts.ts';
import { judge } from './judge.ts';
import { dueIn } from './policy-status.ts';

const [one, two, three] = ['1', '2', '3'].map((digit) => parseDigest(`sha256:${digit.repeat(64)}`)) as [
  Digest,
  Digest,
  Digest,
];
const head = 'f'.repeat(40);
const config = parseConfig(
  'trunkline.yaml',
  `kind: Environments
accept: { acme/app: { services: { api: api-team } } }
manifests: { json: "envs/{environment}.json", path: "{service}" }
freezes:
  weekend: { start: Fri 16:00, end: Mon 08:00, timezone: Europe/Berlin, override: leads }
  audit: { start: 2026-11-28 00:00, end: 2026-11-29 00:00, timezone: Europe/Berlin }
  holidays: { calendar: holidays.ics, timezone: UTC }
environments:
  staging: { track: main, merge: auto, gates: { freeze: [holidays] } }
  prod: { from: staging, gates: { synced: true, healthy: 24h, freeze: [weekend, audit], trailers: [Change-Record], checks: [staging-healthy] } }
`,
).environments;
/** A Wednesday. */
const now = Date.parse('2026-11-25T12:00:00Z');
const reports = (...list: readonly (readonly [string, string])[]): readonly HealthReport[] =>
  list.map(([state, at]) => ({ state, at }));
const deployed = (environment: string, digest: Digest, list: readonly HealthReport[]): Deployed => ({
  service: 'api',
  environment,
  digest,
  commit: '',
  succeeded: list.some((report) => report.state === 'SUCCESS'),
  reports: list,
  at: list.at(-1)?.at ?? '',
});
const healthyFor25 = deployed(
  'staging',
  two,
  reports(['SUCCESS', '2026-11-24T11:00:00Z'], ['IN_PROGRESS', '2026-11-24T10:59:00Z']),
);
const release = (digest: Digest, at: string, more: Partial<PublishedRelease> = {}): PublishedRelease => ({
  service: 'api',
  digest,
  record: Number(at.slice(-2)),
  repository: 'acme/app',
  delivered: true,
  ref: 'refs/heads/main',
  source: { repository: 'acme/app', commit: digest.slice(7, 47) },
  at,
  ...more,
});
const text = (pin: string): string => `{"api":"${pin}"}`;

interface Case {
  readonly deployments?: readonly Deployed[];
  readonly staging?: Digest;
  readonly from?: Digest;
  readonly to?: Digest;
  readonly pull?: Partial<PolicyFacts['pull']>;
  readonly published?: readonly PublishedRelease[];
  readonly at?: string;
  readonly base?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly steps?: PolicyFacts['steps'];
}

function facts(given: Case): PolicyFacts {
  if (config === undefined) throw new Error('no environments');
  const { staging = two, from = one, to = two, environment = 'prod' } = given;
  const before = new Map([
    ['envs/staging.json', text(staging)],
    ['envs/prod.json', text(from)],
    ...Object.entries(given.base ?? {}),
  ]);
  const after = new Map([...before, [`envs/${environment}.json`, text(to)], ...Object.entries(given.files ?? {})]);
  return {
    state: {
      repository: 'acme/infra',
      repositoryId: 'R',
      defaultBranch: 'main',
      baseOid: 'b',
      config,
      files: before,
      holds: [],
      hotfixes: parseHotfixes(before.get(hotfixesPath)),
      pulls: [],
      deployments: [],
      now: given.at === undefined ? now : Date.parse(given.at),
    },
    before,
    after,
    pull: {
      number: 1,
      author: 'bot',
      delivery: true,
      headOid: head,
      body: 'api\n\nChange-Record: CHG-7\nRequested-By: alice',
      paths: [`envs/${environment}.json`, ...Object.keys(given.files ?? {})],
      authors: ['bot'],
      reviews: [],
      checks: [{ name: 'staging-healthy', state: 'success' }],
      ...given.pull,
    },
    teams: new Map([
      ['api-team', ['alice', 'bob']],
      ['leads', ['lea']],
    ]),
    published: given.published ?? [one, two, three].map((digest, index) => release(digest, `2026-11-2${index}`)),
    deployments: given.deployments ?? [
      healthyFor25,
      deployed('prod', one, reports(['SUCCESS', '2026-11-01T00:00:00Z'])),
    ],
    ...(given.steps === undefined ? {} : { steps: given.steps }),
  };
}

const approvedBy = (author: string, at: string): PolicyFacts['pull']['reviews'][number] => ({
  author,
  state: 'APPROVED',
  commit: head,
  at,
});
const saturday = '2026-11-28T12:00:00Z';
const sunday = '2026-11-29T12:00:00Z';
const ran = deployed('prod', one, reports(['SUCCESS', '2026-11-01T00:00:00Z']));
const record = (more: string): string =>
  `- service: api\n  environment: prod\n  digest: ${three}\n  reason: fire\n  incident: INC-1\n  author: alice\n  since: "2026-11-25T11:00:00Z"\n  skipped: [staging]\n  branch: refs/heads/hotfixes/login\n  commit: "${'3'.repeat(40)}"\n${more}`;
const shipped = (more: string): Case => ({
  to: three,
  files: { [hotfixesPath]: record(more) },
  pull: { reviews: [approvedBy('bob', '2026-11-25T11:30:00Z')] },
});

test.each<readonly [string, Case, string | undefined]>([
  ['all gates pass', {}, undefined],
  [
    'healthy for less than a day',
    { at: '2026-11-25T10:59:59Z' },
    'healthy of api for prod: healthy in staging since 2026-11-24T11:00Z, wants 24h: until 2026-11-25T11:00Z',
  ],
  [
    'ill for a moment in between',
    {
      deployments: [
        deployed(
          'staging',
          two,
          reports(
            ['SUCCESS', '2026-11-25T09:00:00Z'],
            ['FAILURE', '2026-11-25T08:59:00Z'],
            ['SUCCESS', '2026-11-20T00:00:00Z'],
          ),
        ),
        ran,
      ],
    },
    'until 2026-11-26T09:00Z',
  ],
  [
    'ill now',
    {
      deployments: [
        deployed('staging', two, reports(['ERROR', '2026-11-25T09:00:00Z'], ['SUCCESS', '2026-11-20T00:00:00Z'])),
        ran,
      ],
    },
    'synced of api for prod: 222222222222 in staging is error',
  ],
  [
    'deployed anew, and not yet healthy',
    { deployments: [deployed('staging', two, reports(['IN_PROGRESS', '2026-11-25T11:59:00Z'])), healthyFor25, ran] },
    'is in_progress',
  ],
  [
    'of which nothing was ever reported',
    { deployments: [deployed('staging', two, []), ran] },
    'nothing tells whether 222222222222 is healthy in staging',
  ],
  ['never deployed there', { deployments: [ran] }, 'nothing tells whether'],
  [
    'followed by another release',
    { deployments: [deployed('staging', three, reports(['SUCCESS', '2026-11-25T11:00:00Z'])), healthyFor25, ran] },
    'staging runs 333333333333, not 222222222222',
  ],
  ['no longer pinned there', { staging: three }, 'staging has 333333333333 now, not 222222222222'],
  [
    'a trailer is missing',
    { pull: { body: 'api\n\nRequested-By: alice' } },
    'trailers for prod: expected "Change-Record: …" in the body, found none',
  ],
  ['a trailer is empty', { pull: { body: 'api\n\nChange-Record:' } }, 'trailers for prod'],
  [
    'a check is red',
    { pull: { checks: [{ name: 'staging-healthy', state: 'failure' }] } },
    'checks for prod: staging-healthy is failure',
  ],
  [
    'a check is green from one and red from another',
    {
      pull: {
        checks: [
          { name: 'staging-healthy', state: 'success' },
          { name: 'staging-healthy', state: 'pending' },
        ],
      },
    },
    'staging-healthy is pending',
  ],
  ['a check that nobody reported', { pull: { checks: [] } }, 'checks for prod: staging-healthy is missing'],
  [
    'frozen',
    { at: sunday },
    'freeze of prod: weekend until 2026-11-30T07:00Z; an approval of leads given meanwhile overrides it',
  ],
  ['frozen, and overridden', { at: sunday, pull: { reviews: [approvedBy('lea', '2026-11-28T10:00:00Z')] } }, undefined],
  [
    'frozen, and approved before it was',
    { at: sunday, pull: { reviews: [approvedBy('lea', '2026-11-27T14:00:00Z')] } },
    'freeze of prod: weekend',
  ],
  [
    'frozen, and approved by somebody else',
    { at: sunday, pull: { reviews: [approvedBy('bob', '2026-11-28T10:00:00Z')] } },
    'freeze of prod: weekend',
  ],
  [
    'frozen, and overridden by who asked for it',
    {
      at: sunday,
      pull: { body: 'x\n\nChange-Record: 1\nRequested-By: lea', reviews: [approvedBy('lea', '2026-11-28T10:00:00Z')] },
    },
    'freeze of prod: weekend',
  ],
  [
    'frozen twice, one without an override',
    { at: saturday, pull: { reviews: [approvedBy('lea', '2026-11-28T10:00:00Z')] } },
    'freeze of prod: weekend, audit',
  ],
  [
    'a calendar that is not there',
    { environment: 'staging', staging: one, deployments: [] },
    'freeze of staging: expected the calendar holidays.ics, found no such file',
  ],
  [
    'a calendar that is free',
    {
      environment: 'staging',
      staging: one,
      deployments: [],
      base: { 'holidays.ics': 'BEGIN:VCALENDAR\nEND:VCALENDAR' },
    },
    undefined,
  ],
  [
    'back to what was healthy there, whatever else',
    {
      at: saturday,
      from: two,
      to: one,
      deployments: [deployed('prod', two, reports(['SUCCESS', '2026-11-25T00:00:00Z'])), ran],
      pull: { checks: [] },
    },
    undefined,
  ],
  [
    'forward again to what was rolled back from',
    { at: saturday, deployments: [ran, deployed('prod', two, reports(['SUCCESS', '2026-11-25T00:00:00Z'])), ran] },
    'freeze of prod',
  ],
  [
    'back over an incompatible migration',
    {
      from: three,
      to: one,
      deployments: [deployed('prod', three, reports(['SUCCESS', '2026-11-25T00:00:00Z'])), ran],
      published: [
        release(one, '2026-11-20'),
        release(two, '2026-11-21', { incompatible: true }),
        release(three, '2026-11-22'),
      ],
    },
    'migration of api in prod: going back would cross 222222222222 of 2222222, marked migration-incompatible',
  ],
  [
    'back to right after an incompatible migration',
    {
      from: three,
      to: two,
      deployments: [
        deployed('prod', three, reports(['SUCCESS', '2026-11-25T00:00:00Z'])),
        deployed('prod', two, reports(['SUCCESS', '2026-11-24T00:00:00Z'])),
      ],
      published: [
        release(one, '2026-11-20'),
        release(two, '2026-11-21', { incompatible: true }),
        release(three, '2026-11-22'),
      ],
    },
    undefined,
  ],
  ['a hotfix past the environment before', shipped('  gates: [order, synced, healthy]\n  lines: 7\n'), undefined],
  ['a hotfix that names no gate', shipped('  lines: 7\n'), 'order of api in prod: 333333333333 was never in staging'],
  [
    'a hotfix past a freeze',
    { ...shipped('  gates: [order, synced, healthy, freeze]\n  lines: 7\n'), at: sunday },
    'hotfix of api in prod: it may not skip freeze; skippable: order, synced, healthy',
  ],
  [
    'a hotfix that is too large',
    shipped('  gates: [order, synced, healthy]\n  lines: 51\n'),
    'expected at most 50 changed lines, found 51',
  ],
  ['a hotfix of unknown size', shipped('  gates: [order, synced, healthy]\n'), 'does not say how many lines'],
  [
    'a hotfix that only its author approved',
    {
      ...shipped('  gates: [order, synced, healthy]\n  lines: 7\n'),
      pull: { reviews: [approvedBy('alice', '2026-11-25T11:30:00Z')] },
    },
    'expected 1 approval by somebody else than @alice, found 0',
  ],
  [
    'one hotfix too many in a week',
    (() => {
      const earlier = [1, 2, 3]
        .map((day) => record('  gates: [order]\n  lines: 1\n').replace('2026-11-25T11', `2026-11-2${day}T11`))
        .join('');
      const given = shipped('');
      return {
        ...given,
        base: { [hotfixesPath]: earlier },
        files: { [hotfixesPath]: earlier + record('  gates: [order, synced, healthy]\n  lines: 1\n') },
      };
    })(),
    'expected 2 approvals by somebody else than @alice (4 hotfixes in seven days, 3 are usual), found 1',
  ],
  [
    'a promotion that drops the hotfix',
    {
      from: three,
      base: { [hotfixesPath]: record('  gates: [order]\n  lines: 1\n') },
      steps: new Map([[stepKey({ service: 'api', environment: 'prod' }), { ancestry: 'diverged', commits: [] }]]),
    },
    'fix of api in prod: 222222222222 would drop hotfixes/login (INC-1): bring it to main first',
  ],
  [
    'a promotion of which nobody can tell',
    { from: three, base: { [hotfixesPath]: record('  gates: [order]\n  lines: 1\n') } },
    'would drop hotfixes/login',
  ],
  [
    'a promotion that has the fix by cherry-pick',
    {
      from: three,
      base: { [hotfixesPath]: record('  gates: [order]\n  lines: 1\n') },
      steps: new Map([
        [
          stepKey({ service: 'api', environment: 'prod' }),
          { ancestry: 'diverged', commits: [{ sha: '', subject: '', ports: ['3'.repeat(40)] }] },
        ],
      ]),
    },
    undefined,
  ],
  [
    'a person who changes a URL beside a pin',
    {
      pull: { delivery: false, author: 'zoe', authors: ['zoe'] },
      files: { 'envs/prod.json': `{"api":"${two}","url":"x"}` },
    },
    'single axis: envs/prod.json changes beside the release of api in prod',
  ],
  [
    'a person who changes another file beside a pin',
    { pull: { delivery: false, author: 'zoe', authors: ['zoe'] }, files: { 'replicas.yaml': '3' } },
    'single axis: replicas.yaml changes beside the release of api in prod',
  ],
])('%s', (_name, given, refusal) => {
  const { ok, verdicts, summary } = judge(facts(given));
  const refused = verdicts.filter((verdict) => !verdict.ok).map((verdict) => `${verdict.gate}: ${verdict.reason}`);
  if (refusal === undefined) expect(refused).toEqual([]);
  else expect(refused.join('\n')).toContain(refusal);
  expect(ok).toBe(refusal === undefined);
  expect(summary.length).toBeLessThanOrEqual(140);
});

test('the summary says when time alone may change it: a soak that ends, a freeze that begins or ends', () => {
  const due = (given: Case): string | undefined => {
    const { summary, due: at } = judge(facts(given));
    expect(dueIn(summary)).toBe(at);
    return at === undefined ? undefined : new Date(at).toISOString();
  };
  expect(due({ at: '2026-11-24T12:00:00Z' })).toBe('2026-11-25T11:00:00.000Z');
  expect(due({})).toBe('2026-11-27T15:00:00.000Z');
  expect(due({ at: sunday })).toBe('2026-11-30T07:00:00.000Z');
  expect(judge(facts({ at: sunday, pull: { reviews: [approvedBy('lea', '2026-11-28T10:00:00Z')] } })).summary).toBe(
    'may change prod (freeze overridden) · judged again 2026-11-30T07:00Z',
  );
});
