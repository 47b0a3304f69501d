import { publishEnvironment } from '../../../model/github-environments.ts';
import { placeOf, type RegistryPlace } from '../login-steps.ts';
import { needsOf, preflightSteps, secretNeed } from '../preflight-step.ts';
import type { Fields } from '../render-yaml.ts';
import type { ServiceWorkflow } from './service-workflow.ts';

export function registryPlaces({ registries, shared }: ServiceWorkflow): readonly RegistryPlace[] {
  return registries.map((registry) =>
    shared
      ? { ...placeOf(registry), role: '${{ inputs.aws-role }}', condition: `inputs.registry == '${registry.kind}'` }
      : placeOf(registry),
  );
}

/** What publishing needs: the login of a registry, and the key of the App that rings where one is named. */
export function publishPreflight(
  { rings, shared }: ServiceWorkflow,
  places: readonly RegistryPlace[],
): readonly Fields[] {
  const when = shared ? { condition: 'inputs.rings' } : {};
  const app = rings ? ['PROPOSE_APP_ID', 'PROPOSE_APP_KEY'].map((name) => ({ ...secretNeed(name), ...when })) : [];
  // Its caller may have it from a variable.
  const role = { name: 'AWS_ROLE', value: '${{ inputs.aws-role }}', condition: "inputs.registry == 'ecr'" };
  return preflightSteps([...places.flatMap(needsOf), ...(shared ? [role] : []), ...app], publishEnvironment);
}
