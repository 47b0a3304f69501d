import type { Fields } from '../render-yaml.ts';
import { checkout, run } from '../steps.ts';
import type { ServiceWorkflow } from './service-workflow.ts';

/** A command of the configuration, in the folder of the service. */
export function command(name: string, input: string, env: Fields = {}): Fields {
  return run(
    name,
    'bash -euo pipefail -c "$COMMAND"',
    { COMMAND: `\${{ inputs.${input} }}`, ...env },
    { if: `inputs.${input} != ''`, 'working-directory': '${{ inputs.path }}' },
  );
}

const chains = [
  {
    name: 'node',
    action: 'actions/setup-node',
    lock: 'package-lock.json',
    cache: '~/.npm',
    off: { 'package-manager-cache': false },
  },
  { name: 'go', action: 'actions/setup-go', lock: 'go.sum', cache: '~/go/pkg/mod', off: { cache: false } },
  { name: 'python', action: 'actions/setup-python', lock: 'requirements*.txt', cache: '~/.cache/pip', off: {} },
] as const;

/** Code, tool chains, what was fetched before for this service, and what its tests need. */
export function prepare({ pins, has }: ServiceWorkflow): readonly Fields[] {
  const used = chains.filter(({ name }) => has(name));
  return [
    checkout(pins),
    ...used.map(({ name, action, off }) => ({
      uses: pins.uses(action),
      if: `inputs.${name} != ''`,
      with: { [`${name}-version`]: `\${{ inputs.${name} }}`, ...off },
    })),
    ...used.map(({ name, lock, cache }) => ({
      uses: pins.uses('actions/cache'),
      if: `inputs.${name} != '' && hashFiles(format('{0}/${lock}', inputs.path)) != ''`,
      with: {
        path: cache,
        key: `\${{ inputs.service }}-${name}-\${{ hashFiles(format('{0}/${lock}', inputs.path)) }}`,
      },
    })),
    ...(has('install') ? [command('Install', 'install')] : []),
  ];
}
