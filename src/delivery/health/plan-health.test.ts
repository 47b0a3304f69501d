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
const application = (sync: string, health: string) =>
  JSON.stringify({
    kind: 'Application',
    metadata: { name: 'api-staging' },
    status: {
      sync: { status: sync, revision },
      health: { status: health, lastTransitionTime: '2026-11-25T10:00:00Z' },
    },
  });
const kustomization = (ready: string) =>
  JSON.stringify({
    kind: 'List',
    items: [
      {
        kind: 'Kustomization',
        metadata: { name: 'api-staging' },
        status: {
          lastAppliedRevision: `main@sha1:${revision}`,
          conditions: [{ type: 'Ready', status: ready, message: 'm', lastTransitionTime: '2026-11-25T10:00:00Z' }],
        },
      },
    ],
  });

test.each<[string, string, string]>([
  ['Argo CD, synced and healthy', application('Synced', 'Healthy'), 'SUCCESS'],
  ['Argo CD, healthy and not synced', application('OutOfSync', 'Healthy'), 'IN_PROGRESS'],
  ['Argo CD, degraded', application('Synced', 'Degraded'), 'FAILURE'],
  ['Argo CD, suspended: an abort waits for somebody', application('Synced', 'Suspended'), 'IN_PROGRESS'],
  ['Argo CD, unknown', application('Unknown', 'Healthy'), 'ERROR'],
  ['Flux, ready', kustomization('True'), 'SUCCESS'],
  ['Flux, not ready', kustomization('False'), 'FAILURE'],
  ['Flux, in between', kustomization('Unknown'), 'IN_PROGRESS'],
])('reads %s', (_, text, state) => {
  const [found] = readAgentResources('x.json', text);
  expect(found).toMatchObject({ name: 'api-staging', revision });
  expect(found?.reports.at(-1)).toMatchObject({ state, at: '2026-11-25T10:00:00.000Z' });
});

test('what is no resource of an agent is refused, and a health without a time is none', () => {
  for (const text of ['', 'Unable to connect to the server', '{"items":[]}', '{"kind":"Pod"}'])
    expect(() => readAgentResources('x.json', text)).toThrow('expected Applications of Argo CD');
  const timeless = application('Synced', 'Healthy').replace(/,"lastTransitionTime":"[^"]+"/, '');
  expect(readAgentResources('x.json', timeless)[0]?.reports.at(-1)?.state).toBe('ERROR');
});
