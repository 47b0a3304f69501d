import type { ServicesConfig } from '../config/services.ts';

/** The GitHub environment that holds the delivery App's key, open to the default branch alone. */
export const controlEnvironment = 'trunkline';

/** The one that publishing jobs run in, open to what is published. */
export const publishEnvironment = 'publish';

/** What pull requests of an application repository have to pass: for each service the job that always runs. */
export function applicationChecks(config: Pick<ServicesConfig, 'services'>): readonly string[] {
  return [...config.services.keys()].map((name) => `${name} / passed`);
}

/** What pull requests of an infra repository have to pass, beside the policy's. */
export const infraChecks: readonly string[] = ['checks'];
