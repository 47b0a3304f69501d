import { type RegistryPlace, when } from '../login-steps.ts';
import type { Fields } from '../render-yaml.ts';
import { run } from '../steps.ts';
import type { ServiceWorkflow } from './service-workflow.ts';

export function registryPlaces({ registries, shared }: ServiceWorkflow): readonly RegistryPlace[] {
  return registries.map(({ kind, host, aws }) => ({
    kind,
    host,
    region: aws?.region ?? '',
    role: shared ? '${{ inputs.aws-role }}' : `arn:aws:iam::${aws?.account ?? ''}:role/${aws?.role ?? ''}`,
    ...(shared ? { condition: `inputs.registry == '${kind}'` } : {}),
  }));
}

/**
 * What is missing is named, all of it, before anything is built or pushed: the login of a registry, and the key of the App that
 * rings where one is named. A shared workflow knows of no App: there the sweep delivers what nobody rang for.
 */
export function preflightSteps(
  { rings, shared }: ServiceWorkflow,
  places: readonly RegistryPlace[],
): readonly Fields[] {
  const oci = places.find(({ kind }) => kind === 'oci');
  const names = [
    ...(oci === undefined ? [] : ['REGISTRY_USERNAME', 'REGISTRY_PASSWORD']),
    ...(rings ? ['PROPOSE_APP_ID', 'PROPOSE_APP_KEY'] : []),
  ];
  if (names.length === 0) return [];
  return [
    run(
      'Look for what publishing needs',
      `missing=
${names.map((name) => `[ -n "$${name}" ] || missing="$missing ${name}"\n`).join('')}[ -z "$missing" ] || { echo "::error title=Missing secrets::expected in the environment publish:$missing"; exit 1; }
`,
      Object.fromEntries(names.map((name) => [name, `\${{ secrets.${name} }}`])),
      shared && oci !== undefined ? when(oci) : {},
    ),
  ];
}
