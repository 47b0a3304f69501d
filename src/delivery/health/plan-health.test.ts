import { expect, test } from 'vitest';
import { readAgentResources } from '../../state/health/agent-resource.ts';
import { missingReports, type Observed } from './plan-health.ts';

const seen = (...all: [Observed['state'], string][]): Observed[] =>
  all.map(([state, time]) => ({ state, at: `2026-11-25T${time}:00Z`, description: '' }));
/** Newest first, as records are. */
const recorded = (...all: [string, string][]) =>
  all.map(([state, time]) => ({ state, at: `2026-11-25T${time}:30Z` })).reverse();

test.each<[string, ReturnType<typeof recorded>, Observed[], string[]]>([
  ['nothing was seen', [], [], []],
  ['healthy for the first time', [], seen(['IN_PROGRESS', '10:00'], ['SUCCESS', '10:01']), ['SUCCESS']],
  ['healthy as before', recorded(['SUCCESS', '10:02']), seen(['IN_PROGRESS', '10:00'], ['SUCCESS', '10:01']), []],
  ['fell ill', recorded(['SUCCESS', '10:02']), seen(['SUCCESS', '10:01'], ['FAILURE', '11:00']), ['FAILURE']],
  ['still ill', recorded(['SUCCESS', '10:02'], ['FAILURE', '11:01']), seen(['FAILURE', '11:00']), []],
  ['well again', recorded(['FAILURE', '11:01']), seen(['FAILURE', '11:00'], ['SUCCESS', '11:05']), ['SUCCESS']],
  [
    'ill for a moment between two looks: the soak begins anew',
    recorded(['SUCCESS', '10:02']),
    seen(['SUCCESS', '10:01'], ['FAILURE', '11:00'], ['SUCCESS', '11:01']),
    ['FAILURE', 'SUCCESS'],
  ],
  [
    'that moment is on record already',
    recorded(['SUCCESS', '10:02'], ['FAILURE', '11:02'], ['SUCCESS', '11:02']),
    seen(['SUCCESS', '10:01'], ['FAILURE', '11:00'], ['SUCCESS', '11:01']),
    [],
  ],
])('%s', (_, records, observed, states) => {
  expect(missingReports(records, observed).map((one) => one.state)).toEqual(states);
});

const revision = 'a'.repeat(40);
const earlier = 'b'.repeat(40);
const time = '2026-11-25T10:00:00Z';
const application = (sync: string, health: string, more: object = {}) => ({
  kind: 'Application',
  metadata: { name: 'api-staging' },
  status: {
    sync: { status: sync, revision },
    health: { status: health, lastTransitionTime: time },
    ...more,
  },
});
const operation = (phase: string, of: string) => ({
  operationState: { phase, message: 'm', finishedAt: time, syncResult: { revision: of } },
});
const kustomization = (status: string, reason = '', more: object = {}, spec: object = {}) => ({
  kind: 'List',
  items: [
    {
      kind: 'Kustomization',
      metadata: { name: 'api-staging', generation: 2 },
      spec,
      status: {
        observedGeneration: 2,
        lastAppliedRevision: `main@sha1:${revision}`,
        lastAttemptedRevision: `main@sha1:${revision}`,
        conditions: [{ type: 'Ready', status, reason, message: 'm', lastTransitionTime: time }],
        ...more,
      },
    },
  ],
});
const read = (value: object) => readAgentResources('x.json', JSON.stringify(value), 'acme/infra');

test.each<[string, object, string]>([
  ['Argo CD, synced and healthy', application('Synced', 'Healthy'), 'SUCCESS'],
  ['Argo CD, healthy and not synced', application('OutOfSync', 'Healthy'), 'IN_PROGRESS'],
  ['Argo CD, degraded', application('Synced', 'Degraded'), 'FAILURE'],
  [
    'Argo CD, degraded before it is applied: the release before is',
    application('OutOfSync', 'Degraded', operation('Failed', earlier)),
    'IN_PROGRESS',
  ],
  [
    'Argo CD, degraded, applied and drifted since',
    application('OutOfSync', 'Degraded', operation('Succeeded', revision)),
    'FAILURE',
  ],
  ['Argo CD, missing before the first sync', application('OutOfSync', 'Missing'), 'IN_PROGRESS'],
  ['Argo CD, missing afterwards', application('Synced', 'Missing'), 'FAILURE'],
  [
    'Argo CD, a sync that failed: the release cannot come',
    application('OutOfSync', 'Healthy', operation('Failed', revision)),
    'FAILURE',
  ],
  [
    'Argo CD, a sync that goes on',
    application('OutOfSync', 'Progressing', operation('Running', revision)),
    'IN_PROGRESS',
  ],
  ['Argo CD, suspended: an abort waits for somebody', application('Synced', 'Suspended'), 'IN_PROGRESS'],
  ['Argo CD, unknown', application('Unknown', 'Healthy'), 'ERROR'],
  ['Argo CD, of a cluster that it cannot reach', application('Synced', 'Unknown'), 'ERROR'],
  ['Flux, ready', kustomization('True'), 'SUCCESS'],
  ['Flux, not ready', kustomization('False', 'HealthCheckFailed'), 'FAILURE'],
  [
    'Flux, a first release that fails its health check and never counts as applied',
    kustomization('False', 'HealthCheckFailed', { lastAppliedRevision: `main@sha1:${earlier}` }),
    'FAILURE',
  ],
  ['Flux, waiting for what it depends on', kustomization('False', 'DependencyNotReady'), 'IN_PROGRESS'],
  ['Flux, without its source', kustomization('False', 'ArtifactFailed'), 'ERROR'],
  ['Flux, in between', kustomization('Unknown'), 'IN_PROGRESS'],
  ['Flux, that has not seen what it is told', kustomization('True', '', { observedGeneration: 1 }), 'IN_PROGRESS'],
  ['Flux, suspended: nobody looks', kustomization('True', '', {}, { suspend: true }), 'IN_PROGRESS'],
  [
    'Flux, out of an artifact that was made of the commit',
    kustomization('True', '', {
      lastAppliedRevision: `latest@sha256:${'c'.repeat(64)}`,
      lastAppliedOriginRevision: `main@sha1:${revision}`,
    }),
    'SUCCESS',
  ],
])('reads %s', (_, value, state) => {
  const [found] = read(value);
  expect(found).toMatchObject({ name: 'api-staging', revision });
  expect(found?.reports.at(-1)).toMatchObject({ state, at: '2026-11-25T10:00:00.000Z' });
});

test('of several sources the one of this repository counts, and a chart’s version is no commit of it', () => {
  const sources = (url: string) => [{ repoURL: 'https://charts.example.com' }, { repoURL: url }];
  const several = (url: string) => ({
    ...application('Synced', 'Healthy'),
    spec: { sources: sources(url) },
    status: {
      sync: { status: 'Synced', revisions: ['1.2.3', revision] },
      health: { status: 'Healthy', lastTransitionTime: time },
    },
  });
  for (const url of ['https://github.com/acme/infra', 'git@github.com:Acme/infra.git'])
    expect(read(several(url))).toMatchObject([{ revision }]);
  expect(read(several('https://github.com/acme/other-infra'))).toEqual([]);
  expect(read(application('Synced', 'Healthy', { sync: { status: 'Synced', revision: '1.2.3' } }))).toEqual([]);
});

test('what is no resource of an agent is refused, and a health without a time is none', () => {
  for (const text of [
    '',
    'null',
    'Unable to connect to the server',
    '{"items":[]}',
    '{"items":[null]}',
    '{"kind":"Pod"}',
  ])
    expect(() => readAgentResources('x.json', text, 'acme/infra')).toThrow('expected Applications of Argo CD');
  expect(
    read({ kind: 'List', items: [{ kind: 'Application' }, { kind: 'Kustomization', metadata: { name: 'x' } }] }),
  ).toEqual([]);
  const timeless = application('Synced', 'Healthy', { health: { status: 'Healthy' } });
  expect(read(timeless)[0]?.reports.at(-1)).toMatchObject({ state: 'ERROR', description: 'since when is not said' });
});
