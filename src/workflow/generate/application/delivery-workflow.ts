import type { ServiceConfig, ServicesConfig } from '../../../config/services.ts';
import { publishWorkflow } from '../names.ts';
import { givenNotifySecrets, notifySecrets, secretsEnv } from '../notify-secrets.ts';
import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { checkout, run, trunkline } from '../steps.ts';
import { imagesOf, serviceInputs } from './service-inputs.ts';
import { repositoryInputs, type ServiceWorkflow } from './service-workflow.ts';

/** The workflow that every change starts: what it touches, then a call for each service. */
export function deliveryWorkflow(config: ServicesConfig, workflow: ServiceWorkflow, pins: Pins): Fields {
  const services = [...config.services.values()];
  // Of one service that is the whole repository, every change is a change.
  const whole = services.length === 1 && services[0]?.path === '.';
  const branches = [config.branch, 'hotfixes/**'];
  return {
    name: 'Delivery',
    on: { pull_request: { branches }, merge_group: null, push: { branches } },
    permissions: {},
    concurrency: {
      group: 'delivery-${{ github.event.pull_request.number || github.sha }}',
      'cancel-in-progress': "${{ github.event_name == 'pull_request' }}",
    },
    jobs: {
      ...(whole ? {} : { changed: changedJob(pins, config) }),
      ...Object.fromEntries(services.map((one) => [jobId(one.name), callOf(config, one, { workflow, pins, whole })])),
    },
  };
}

function changedJob(pins: Pins, { runners }: ServicesConfig): Fields {
  const [label] = runners.test;
  return {
    'runs-on': runners.test.length === 1 ? label : runners.test,
    'timeout-minutes': 5,
    permissions: { contents: 'read' },
    outputs: { services: '${{ steps.changed.outputs.services }}' },
    steps: [
      checkout(pins, { history: true }),
      trunkline(pins),
      run('Find what changed', 'trunkline ci changed', undefined, { id: 'changed' }),
    ],
  };
}

function callOf(
  config: ServicesConfig,
  service: ServiceConfig,
  { workflow, pins, whole }: { readonly workflow: ServiceWorkflow; readonly pins: Pins; readonly whole: boolean },
): Fields {
  const { name } = service;
  const inputs = Object.entries(serviceInputs(config, service)).filter(([input, value]) =>
    !workflow.has(input)
      ? false
      : workflow.shared
        ? value !== '' && value !== false
        : value !== (workflow.defaults[input] ?? ''),
  );
  const registry = config.registry?.kind ?? 'ghcr';
  // GitHub holds a call against every job of the workflow that is called, whichever of them run.
  const any = workflow.shared;
  const signs = [...config.services.values()].some(({ attest }) => attest.length > 0);
  const oci = registry === 'oci' ? ['REGISTRY_USERNAME', 'REGISTRY_PASSWORD'] : [];
  return {
    ...(jobId(name) === name ? {} : { name }),
    ...(whole ? {} : { needs: 'changed' }),
    if: '${{ !cancelled() }}',
    permissions: {
      ...(any || Object.keys(config.budget).length > 0 ? { actions: 'read' } : {}),
      contents: 'read',
      deployments: 'write',
      ...(any || signs || registry === 'ecr' ? { 'id-token': 'write' } : {}),
      ...(any || registry === 'ghcr' ? { packages: 'write' } : {}),
      ...(workflow.notify.length === 0 ? {} : { statuses: 'write' }),
    },
    uses:
      config.workflows === undefined
        ? `./.github/workflows/${publishWorkflow}`
        : pins.uses(config.workflows, `/.github/workflows/${publishWorkflow}`),
    with: {
      service: name,
      ...Object.fromEntries(inputs),
      ...(workflow.shared ? repositoryInputs(config) : {}),
      changed: whole
        ? true
        : `\${{ needs.changed.result != 'success' || contains(needs.changed.outputs.services, '"${name}"') }}`,
      images: imagesOf(config, service),
    },
    secrets: {
      ...secretsEnv(['PROPOSE_APP_ID', 'PROPOSE_APP_KEY', ...oci]),
      ...(workflow.shared
        ? renamed(givenNotifySecrets(config.notify, service.owner))
        : secretsEnv(notifySecrets(config.notify))),
    },
  };
}

/** Secrets by another name than they have here. */
function renamed(names: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(Object.entries(names).map(([name, own]) => [name, `\${{ secrets.${own} }}`]));
}

/** As a job may be called: letters, digits, "-" and "_". */
export function jobId(service: string): string {
  const id = service.replaceAll('.', '_');
  return /^[a-z_]/i.test(id) && id !== 'changed' ? id : `_${id}`;
}
