import { expect, test } from 'vitest';
import { holdsPath, hotfixesPath } from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { type Digest, parseDigest } from '../../model/digest.ts';
import { parseHolds } from '../records.ts';
import type { PolicyFacts } from './facts.ts';
import { judge } from './judge.ts';

const [one, two] = ['1', '2'].map((digit) => parseDigest(`sha256:${digit.repeat(64)}`)) as [Digest, Digest];
const config = parseConfig(
  'trunkline.yaml',
  `kind: Environments
accept: { acme/app: { services: { api: api-team } } }
manifests: { json: "envs/{environment}.json", path: "{service}" }
environments:
  dev: { track: main, merge: auto }
  staging: { from: dev, approve: { owner: 1 } }
  prod: { from: staging, approve: { owner: 1, platform: 1 } }
`,
).environments;
const head = 'f'.repeat(40);
const run = 'https://github.com/acme/infra/actions/runs/7';
const hold = `- service: api\n  environment: prod\n  reason: bad\n  author: carol\n  since: "2026-01-01T00:00:00Z"\n`;

interface Case {
  readonly pins?: Partial<Record<'dev' | 'staging' | 'prod', Digest>>;
  readonly to?: Partial<Record<'dev' | 'staging' | 'prod', string>>;
  readonly pull?: Partial<PolicyFacts['pull']>;
  readonly facts?: Partial<PolicyFacts>;
  readonly holds?: string;
  readonly files?: Readonly<Record<string, string>>;
}

const text = (pin: string | undefined): string => `{"api":"${pin ?? ''}","url":"x"}`;
const approval = (author: string, commit = head): PolicyFacts['pull']['reviews'][number] => ({
  author,
  state: 'APPROVED',
  commit,
});

/** Alice asked for prod to get what staging has; bob (owner) and carol (platform) approved. */
function facts({
  pins = { dev: two, staging: two, prod: one },
  to = { prod: two },
  pull = {},
  facts: more = {},
  holds,
  files = {},
}: Case): PolicyFacts {
  if (config === undefined) throw new Error('no environments');
  const before = new Map(['dev', 'staging', 'prod'].map((name) => [`envs/${name}.json`, text(pins[name as 'dev'])]));
  if (holds !== undefined) before.set(holdsPath, holds);
  const changed = Object.entries(to).map(([name, pin]) => [`envs/${name}.json`, text(pin)] as const);
  const after = new Map([...before, ...changed, ...Object.entries(files)]);
  return {
    state: {
      repository: 'acme/infra',
      repositoryId: 'R',
      defaultBranch: 'main',
      baseOid: 'b',
      config,
      files: before,
      holds: parseHolds(holds),
      hotfixes: [],
      pulls: [],
      deployments: [],
      now: Date.parse('2026-02-01'),
    },
    before,
    after,
    pull: {
      number: 1,
      author: 'trunkline-delivery[bot]',
      delivery: true,
      headOid: head,
      body: `api\n\nTrunkline-Run: ${run}\nRequested-By: alice`,
      paths: [...changed.map(([path]) => path), ...Object.keys(files)],
      authors: ['trunkline-delivery[bot]'],
      reviews: [approval('bob'), approval('carol')],
      checks: [],
      ...pull,
    },
    run: { actor: 'alice', triggeringActor: 'alice' },
    teams: new Map([
      ['api-team', ['alice', 'bob']],
      ['platform', ['carol']],
    ]),
    published: [one, two].map((digest, index) => ({
      service: 'api',
      digest,
      record: index,
      repository: 'acme/app',
      delivered: true,
      at: '',
      ref: 'refs/heads/main',
    })),
    deployments: [],
    ...more,
  };
}

const hotfixRecord = `- service: api\n  environment: prod\n  digest: ${two}\n  reason: fire\n  incident: INC-1\n  author: alice\n  since: "2026-01-31T00:00:00Z"\n  skipped: [staging]\n  gates: [order]\n  lines: 3\n`;

const cases: readonly (readonly [string, Case, string | undefined])[] = [
  ['everything in order', {}, undefined],
  [
    'the requester approves',
    { pull: { reviews: [approval('alice'), approval('carol')] } },
    'approval of owner for api in prod: expected 1 of api-team, found 0; does not count: @alice asked for it or wrote it, @carol is not in the team',
  ],
  [
    'whoever ran the run again approves',
    { facts: { run: { actor: 'alice', triggeringActor: 'bob' } } },
    '@bob asked for it or wrote it',
  ],
  [
    'an author of a commit approves',
    { pull: { authors: ['trunkline-delivery[bot]', 'bob'] } },
    '@bob asked for it or wrote it',
  ],
  ['a commit without an account', { pull: { authors: [undefined] } }, 'nobody can be told apart from its author'],
  [
    'an approval of an earlier commit',
    { pull: { reviews: [approval('bob', 'e'.repeat(40)), approval('carol')] } },
    '@bob approved an earlier commit',
  ],
  [
    'one team is missing',
    { pull: { reviews: [approval('bob')] } },
    'approval of platform for api in prod: expected 1 of platform, found 0',
  ],
  [
    'changes are asked for',
    { pull: { reviews: [approval('bob'), { author: 'carol', state: 'CHANGES_REQUESTED', commit: head }] } },
    '@carol asked for changes',
  ],
  [
    'the body names another requester',
    { pull: { body: `api\n\nTrunkline-Run: ${run}\nRequested-By: bob` } },
    'requester: the body says bob, its run was started by alice',
  ],
  ['the body was edited', { pull: { editedBy: 'alice' } }, 'requester: @alice edited the body'],
  [
    'a run that is not there',
    { facts: { run: undefined } as never },
    'requester: the body names no run of this repository',
  ],
  ['skipping', { pins: { dev: two, prod: one } }, 'order of api in prod: 222222222222 was never in staging'],
  [
    'skipping, but it ran there',
    {
      pins: { dev: two, staging: one, prod: one },
      facts: {
        deployments: [{ service: 'api', environment: 'staging', digest: two, commit: '', succeeded: true, at: '' }],
      },
    },
    undefined,
  ],
  [
    'skipping, and it failed there',
    {
      pins: { dev: two, prod: one },
      facts: {
        deployments: [{ service: 'api', environment: 'staging', digest: two, commit: '', succeeded: false, at: '' }],
      },
    },
    'was never in staging',
  ],
  ['a hotfix on record', { pins: { dev: one, prod: one }, files: { [hotfixesPath]: hotfixRecord } }, undefined],
  [
    'back to what ran there',
    {
      pins: { staging: two, prod: two },
      to: { prod: one },
      facts: {
        deployments: [{ service: 'api', environment: 'prod', digest: one, commit: '', succeeded: true, at: '' }],
      },
    },
    undefined,
  ],
  ['a hold', { holds: hold }, 'hold of api in prod: held by @carol since 2026-01-01T00:00:00Z: bad'],
  ['a hold that is over', { holds: `${hold}  until: "2026-01-02T00:00:00Z"\n` }, undefined],
  ['a hold whose end cannot be read', { holds: `${hold}  until: tomorrow\n` }, 'hold of api in prod'],
  ['a hold that is lifted with it', { holds: hold, files: { [holdsPath]: '' } }, undefined],
  [
    'a hold that is only reworded',
    { holds: hold, files: { [holdsPath]: hold.replace('bad', 'worse') } },
    'hold of api in prod: held by @carol',
  ],
  [
    'one of two holds is lifted',
    { holds: hold + hold.replace('bad', 'worse'), files: { [holdsPath]: hold.replace('bad', 'worse') } },
    'hold of api in prod: held by @carol since 2026-01-01T00:00:00Z: worse',
  ],
  [
    'a hold that came to the base branch meanwhile',
    { holds: hold, facts: { before: new Map(), after: new Map([['envs/prod.json', text(two)]]) } },
    'hold of api in prod: held by @carol',
  ],
  ['a new hold beside the pin', { files: { [holdsPath]: hold } }, undefined],
  [
    'a hotfix on record alone wants the environment’s people',
    { to: {}, files: { [hotfixesPath]: hotfixRecord }, pull: { reviews: [] } },
    'approval of platform for api in prod',
  ],
  [
    'a hotfix of an environment to come',
    { to: {}, files: { [hotfixesPath]: hotfixRecord.replace('prod', 'later') }, pull: { reviews: [] } },
    'approval of platform for api in prod',
  ],
  [
    'nobody published it',
    { facts: { published: [] } },
    'source of api in prod: no accepted repository (acme/app) published 222222222222 as api',
  ],
  [
    'another repository published it',
    {
      facts: {
        published: [{ service: 'api', digest: two, record: 1, repository: 'acme/evil', delivered: true, at: '' }],
      },
    },
    'source of api in prod',
  ],
  ['a tag', { to: { prod: 'ghcr.io/acme/api:v2' } }, 'order of api in prod: expected a pin by digest, found none'],
  [
    'a bot that changes more than pins',
    { to: { prod: `${two}","x":"y` } },
    'pins only: envs/prod.json changes in more than its pins',
  ],
  [
    'a bot that changes a workflow',
    { files: { '.github/workflows/x.yml': '' } },
    'pins only: a delivery pull request may not change .github/workflows/x.yml',
  ],
  [
    'dev merges by itself',
    { pins: { dev: one }, to: { dev: two }, pull: { reviews: [], body: '' }, facts: { run: undefined } as never },
    undefined,
  ],
  [
    'dev from another branch',
    {
      pins: { dev: one },
      to: { dev: two },
      facts: {
        published: [
          {
            service: 'api',
            digest: two,
            record: 1,
            repository: 'acme/app',
            delivered: true,
            at: '',
            ref: 'refs/heads/hotfixes/x',
          },
        ],
      },
    },
    'was published from refs/heads/hotfixes/x, dev takes branch main',
  ],
  [
    'dev from a branch that is not told',
    {
      pins: { dev: one },
      to: { dev: two },
      facts: {
        published: [{ service: 'api', digest: two, record: 1, repository: 'acme/app', delivered: true, at: '' }],
      },
    },
    'a branch that its record does not name, dev takes branch main',
  ],
  [
    'published from another branch as well',
    {
      pins: { dev: one },
      to: { dev: two },
      facts: {
        published: ['hotfixes/x', 'main'].map((branch, index) => ({
          service: 'api',
          digest: two,
          record: 2 - index,
          repository: 'acme/app',
          delivered: true,
          at: '',
          ref: `refs/heads/${branch}`,
        })),
      },
    },
    undefined,
  ],
  [
    'lifting a hold wants the environment’s people',
    { to: {}, holds: hold, files: { [holdsPath]: '' }, pull: { reviews: [] } },
    'approval of owner for api in prod',
  ],
  ['adding a hold wants nobody', { to: {}, files: { [holdsPath]: hold }, pull: { reviews: [] } }, undefined],
  [
    'a person changes the configuration alone',
    {
      to: {},
      files: { 'trunkline.yaml': 'x' },
      pull: { delivery: false, author: 'alice', authors: ['alice'], reviews: [] },
    },
    'approval of platform for trunkline.yaml',
  ],
  [
    'a person changes a URL in prod alone',
    { to: { prod: `${one}","more":"y` }, pull: { delivery: false, author: 'alice', authors: ['alice'], reviews: [] } },
    'approval of owner for envs/prod.json',
  ],
  [
    'a person changes a URL beside a pin',
    {
      to: { prod: `${two}","more":"y` },
      pull: { delivery: false, author: 'alice', authors: ['alice'], reviews: [] },
    },
    'approval of owner for envs/prod.json',
  ],
];

test.each(cases)('%s', (_name, given, refusal) => {
  const { ok, verdicts, summary } = judge(facts(given));
  const refused = verdicts
    .filter((verdict) => !verdict.ok)
    .map((verdict) => `${verdict.gate}: ${verdict.reason}`)
    .join('\n');
  if (refusal === undefined) expect(refused).toBe('');
  else expect(refused).toContain(refusal);
  expect(ok).toBe(refusal === undefined);
  expect(summary.length).toBeLessThanOrEqual(140);
});

test('other files want every team that any environment names, as often as the strictest wants', () => {
  const { environments } = parseConfig(
    'trunkline.yaml',
    `kind: Environments
accept: { acme/app: { services: { api: api-team } } }
manifests: { json: "envs/{environment}.json", path: "{service}" }
environments:
  dev: { track: main, approve: { juniors: 1, platform: 1 } }
  prod: { from: dev, approve: { owner: 1, platform: 2 } }
`,
  );
  if (environments === undefined) throw new Error('no environments');
  const given = facts({ to: {}, files: { '.github/workflows/x.yml': '' }, pull: { delivery: false, reviews: [] } });
  const { verdicts } = judge({ ...given, state: { ...given.state, config: environments } });
  expect(verdicts.filter((one) => !one.ok).map((one) => `${one.gate}: ${one.reason}`)).toEqual([
    'approval of juniors for .github/workflows/x.yml: expected 1 of juniors, found 0',
    'approval of platform for .github/workflows/x.yml: expected 2 of platform, found 0',
  ]);
});
