import { expect, test } from 'vitest';
import { parseConfig } from '../config/parse-config.ts';
import { wantApplication } from './want-application.ts';

function publishPolicies(more: string): readonly unknown[] {
  const { services } = parseConfig('t.yaml', `kind: Services\ninfra: acme/infra\n${more}services: { api: {} }\n`);
  if (services === undefined) throw new Error('no services');
  const { wanted } = wantApplication(services, 'main', { teams: new Map(), apps: new Map() });
  return wanted.environments.find(({ name }) => name === 'publish')?.policies ?? [];
}

test('the environment that publishes is open to what is published: tags too, where they make releases', () => {
  const branches = [
    { type: 'branch', name: 'main' },
    { type: 'branch', name: 'hotfixes/**/*' },
  ];
  expect(publishPolicies('')).toEqual(branches);
  expect(publishPolicies('release: { tags: "v*" }\n')).toEqual([...branches, { type: 'tag', name: 'v*' }]);
});
