import { notifySecrets, sharedNotifySecrets } from '../notify-secrets.ts';
import type { Fields } from '../render-yaml.ts';
import { passedJob, publishJob, recordJob, tellJob } from './publish-jobs.ts';
import { inputsOf, type ServiceWorkflow } from './service-workflow.ts';
import { testJobs } from './test-jobs.ts';

/** Inputs that say something of one service, in the order in which they stand in the file. */
const inputNames = [
  'path',
  'timeout',
  'node',
  'go',
  'python',
  'install',
  'lint',
  'unit',
  'coverage',
  'quality-dockerfile',
  'quality-shell',
  'quality-yaml',
  'integration',
  'uses',
  'containers',
  'build',
  'context',
  'dockerfile',
  'platforms',
  'suffix',
  'image-test',
  'signature',
  'classic',
  'provenance',
  'spdx',
  'cyclonedx',
  'vulnerabilities',
  'results',
];

/** Tests and publishes one service. */
export function publishWorkflowFile(workflow: ServiceWorkflow): Fields {
  const tests = testJobs(workflow);
  const oci = workflow.registries.some(({ kind }) => kind === 'oci');
  const secrets = [
    'PROPOSE_APP_ID',
    'PROPOSE_APP_KEY',
    ...(oci ? ['REGISTRY_USERNAME', 'REGISTRY_PASSWORD'] : []),
    ...(workflow.shared ? sharedNotifySecrets() : notifySecrets(workflow.notify)),
  ];
  return {
    name: 'Test and publish a service',
    on: {
      workflow_call: {
        inputs: inputsOf(workflow, inputNames),
        secrets: Object.fromEntries(secrets.map((name) => [name, { required: false }])),
      },
    },
    permissions: {},
    jobs: {
      ...Object.fromEntries(tests.map(({ id, job }) => [id, job])),
      publish: publishJob(workflow, tests),
      record: recordJob(workflow),
      passed: passedJob(workflow, tests),
      ...(workflow.notify.length === 0 ? {} : { tell: tellJob(workflow, tests) }),
    },
  };
}
