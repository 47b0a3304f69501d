import { expect, test } from 'vitest';
import { createClient } from '../../github/client.ts';
import { agentReports } from './agent-reports.ts';

/** Two commits; on the newer one 150 services of an environment speak, `api` first, so that a page of others hides it. */
function client(told?: readonly object[]) {
  const asked: string[] = [];
  const status = (name: string, state: string, login = 'argo[bot]') => ({
    context: `argocd/${name}`,
    state,
    description: state,
    created_at: '2026-11-25T10:00:00Z',
    creator: { login },
  });
  const newer = [
    status('api', 'success', 'mallory'),
    ...Array.from({ length: 149 }, (_, at) => status(`s${at}`, 'success')),
    status('api', 'failure', 'Argo[bot]'),
  ];
  const github = createClient({
    apiUrl: 'https://api.github.test',
    credentials: { kind: 'token', token: 't' },
    repository: 'acme/infra',
    readOnly: true,
    ports: {
      clock: { now: () => 0, sleep: async () => undefined },
      interrupted: new AbortController().signal,
      fetch: async (input) => {
        const { pathname, searchParams } = new URL(String(input));
        asked.push(`${pathname.split('/').slice(4).join('/')} ${searchParams.get('page') ?? ''}`.trim());
        if (pathname.endsWith('/commits')) return Response.json([{ sha: 'new' }, { sha: 'old' }]);
        const all =
          told ?? (pathname.includes('/new/') ? newer : [status('api', 'success'), status('rare', 'success')]);
        const start = (Number(searchParams.get('page')) - 1) * 100;
        return Response.json(all.slice(start, start + 100));
      },
    },
  });
  return { github, asked };
}

test('the newest commit of which the agent speaks counts, however many others do, and each is read once', async () => {
  const { github, asked } = client();
  const tell = agentReports(github, 'acme/infra', 'main', { by: 'argocd', reporter: 'argo[bot]' });
  expect(await Promise.all(['api', 's3', 'rare', 'none'].map(tell))).toMatchObject([
    { commit: 'new', reports: [{ state: 'FAILURE' }] },
    { commit: 'new', reports: [{ state: 'SUCCESS' }] },
    { commit: 'old', reports: [{ state: 'SUCCESS' }] },
    undefined,
  ]);
  expect(asked.sort()).toEqual([
    'commits',
    'commits/new/statuses 1',
    'commits/new/statuses 2',
    'commits/old/statuses 1',
  ]);
});

test.each([
  ['success', 'reconciliation succeeded', 'SUCCESS'],
  ['success', 'dependency not ready', 'IN_PROGRESS'],
  ['failure', 'health check failed', 'FAILURE'],
  ['failure', 'artifact failed', 'ERROR'],
  ['pending', 'progressing', 'IN_PROGRESS'],
])('Flux’s %s, %s', async (state, description, expected) => {
  const status = { context: 'kustomization/api/1a2b3c4d', state, description, created_at: '2026-11-25T10:00:00Z' };
  const { github } = client([{ ...status, creator: null }]);
  const tell = agentReports(github, 'acme/infra', 'main', { by: 'flux' });
  expect(await tell('api')).toMatchObject({ reports: [{ state: expected }] });
});
