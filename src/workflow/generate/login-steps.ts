import type { Pins } from './pins.ts';
import type { Fields } from './render-yaml.ts';

/** A registry to log in to; in a shared workflow only where the caller uses it. */
export interface RegistryPlace {
  readonly kind: 'ghcr' | 'ecr' | 'oci';
  readonly host: string;
  readonly role: string;
  readonly region: string;
  /** An expression. */
  readonly condition?: string;
}

/** GitHub's own, with the job's token: an App's cannot pull a private package. */
export const ghcr: RegistryPlace = { kind: 'ghcr', host: 'ghcr.io', role: '', region: '' };

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

export function when({ condition }: RegistryPlace): Fields {
  return condition === undefined ? {} : { if: condition };
}
