import type { ServicesConfig } from '../../config/services.ts';

/** Name of the check that a service's pull requests have to pass: that of the job which always runs. */
export function serviceCheck(service: string): string {
  return `${service} / passed`;
}

/** What pull requests of an application repository have to pass. */
export function applicationChecks(config: Pick<ServicesConfig, 'services'>): readonly string[] {
  return [...config.services.keys()].map(serviceCheck);
}

/** What pull requests of an infra repository have to pass, beside the policy's. */
export const infraChecks: readonly string[] = ['checks'];

/** Where generated workflows are. */
export const workflowFolder = '.github/workflows';

/** The workflow that tests and publishes one service: it signs. */
export const publishWorkflow = 'publish.yml';
