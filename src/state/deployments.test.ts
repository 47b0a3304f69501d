import { expect, test } from 'vitest';
import { digestOf } from '../registry/digest-of.ts';
import { readDeployed } from './deployments.ts';

const digest = digestOf(Buffer.from('a release'));
const node = (...states: readonly string[]) => ({
  databaseId: 1,
  task: 'deploy:orders',
  environment: 'staging',
  createdAt: '2026-11-26T10:00:00Z',
  commitOid: 'a'.repeat(40),
  payload: JSON.stringify({ digest }),
  statuses: { nodes: states.map((state, index) => ({ state, createdAt: `2026-11-26T10:0${9 - index}:00Z` })) },
});

test('that another service was deployed there later says nothing of a release', () => {
  const [deployed] = readDeployed(node('INACTIVE', 'SUCCESS', 'IN_PROGRESS'));
  expect(deployed?.reports?.map(({ state }) => state)).toEqual(['SUCCESS', 'IN_PROGRESS']);
  expect(deployed?.succeeded).toBe(true);
  const [ill] = readDeployed(node('INACTIVE', 'FAILURE', 'SUCCESS'));
  expect(ill?.reports?.[0]?.state).toBe('FAILURE');
});
