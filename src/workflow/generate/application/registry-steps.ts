import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { run } from '../steps.ts';
import type { ServiceWorkflow } from './service-workflow.ts';

/** A registry to log in to; in a shared workflow only where the caller uses it. */
export interface RegistryPlace {
  readonly kind: 'ghcr' | 'ecr' | 'oci';
  readonly host: string;
  readonly role: string;
  readonly region: string;
  /** An expression. */
  readonly condition?: string;
}

export function registryPlaces({ registries, shared }: ServiceWorkflow): readonly RegistryPlace[] {
  return registries.map(({ kind, host, aws }) => ({
    kind,
    host,
    region: aws?.region ?? '',
    role: shared ? '${{ inputs.aws-role }}' : `arn:aws:iam::${aws?.account ?? ''}:role/${aws?.role ?? ''}`,
    ...(shared ? { condition: `inputs.registry == '${kind}'` } : {}),
  }));
}

/** What is missing is named before anything is built or pushed. */
export function preflightSteps(places: readonly RegistryPlace[]): readonly Fields[] {
  const oci = places.find(({ kind }) => kind === 'oci');
  if (oci === undefined) return [];
  return [
    run(
      'Look for what publishing needs',
      `missing=
[ -n "$REGISTRY_USERNAME" ] || missing="$missing REGISTRY_USERNAME"
[ -n "$REGISTRY_PASSWORD" ] || missing="$missing REGISTRY_PASSWORD"
[ -z "$missing" ] || { echo "::error title=Missing secrets::expected in the environment publish:$missing"; exit 1; }
`,
      { REGISTRY_USERNAME: '${{ secrets.REGISTRY_USERNAME }}', REGISTRY_PASSWORD: '${{ secrets.REGISTRY_PASSWORD }}' },
      when(oci),
    ),
  ];
}

export function loginSteps(pins: Pins, place: RegistryPlace): readonly Fields[] {
  switch (place.kind) {
    case 'ghcr':
      return [login(pins, place, '${{ github.actor }}', '${{ github.token }}')];
    case 'oci':
      return [login(pins, place, '${{ secrets.REGISTRY_USERNAME }}', '${{ secrets.REGISTRY_PASSWORD }}')];
    case 'ecr':
      return [
        {
          uses: pins.uses('aws-actions/configure-aws-credentials'),
          ...when(place),
          with: { 'role-to-assume': place.role, 'aws-region': place.region },
        },
        { uses: pins.uses('aws-actions/amazon-ecr-login'), ...when(place) },
      ];
  }
}

function login(pins: Pins, place: RegistryPlace, username: string, password: string): Fields {
  return { uses: pins.uses('docker/login-action'), ...when(place), with: { registry: place.host, username, password } };
}

function when({ condition }: RegistryPlace): Fields {
  return condition === undefined ? {} : { if: condition };
}
