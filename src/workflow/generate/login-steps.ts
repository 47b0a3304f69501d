import { type Registry, roleArn } from '../../config/registry.ts';
import type { Pins } from './pins.ts';
import type { Fields } from './render-yaml.ts';

/** A registry to log in to; in a shared workflow only where the caller uses it. */
export interface RegistryPlace {
  readonly kind: 'ghcr' | 'ecr' | 'oci';
  readonly host: string;
  /** ARN of the role to assume, or an expression for it. */
  readonly role: string;
  readonly region: string;
  /** The variable that holds the role. */
  readonly variable?: string;
  /** Names of the secrets that hold a login. */
  readonly login?: { readonly username: string; readonly password: string };
  /** An expression. */
  readonly condition?: string;
}

/** GitHub's own, with the job's token: an App's cannot pull a private package. */
export const ghcr: RegistryPlace = { kind: 'ghcr', host: 'ghcr.io', role: '', region: '' };

/** Where a registry of the configuration is; `suffix` is that of a role beside the one that it names: `-prune`. */
export function placeOf({ kind, host, aws, login: secrets }: Registry, suffix = ''): RegistryPlace {
  const login = secrets === undefined ? {} : { login: secrets };
  if (aws === undefined) return { kind, host, role: '', region: '', ...login };
  const { region } = aws;
  if (aws.variable === undefined) return { kind, host, region, role: roleArn(aws, suffix) };
  const variable = `${aws.variable}${suffix.toUpperCase().replace('-', '_')}`;
  return { kind, host, region, variable, role: `\${{ vars.${variable} }}` };
}

export function loginSteps(pins: Pins, place: RegistryPlace): readonly Fields[] {
  switch (place.kind) {
    case 'ghcr':
      return [login(pins, place, '${{ github.actor }}', '${{ github.token }}')];
    case 'oci':
      return [login(pins, place, secret(place.login?.username), secret(place.login?.password))];
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

/**
 * The same, where what follows shall not have the role's keys: they go to the login alone, which leaves docker a password
 * for the registry. `id` is that of a step.
 */
export function apartLoginSteps(pins: Pins, place: RegistryPlace, id: string): readonly Fields[] {
  if (place.kind !== 'ecr') return loginSteps(pins, place);
  const output = (name: string): string => `\${{ steps.${id}.outputs.aws-${name} }}`;
  return [
    {
      uses: pins.uses('aws-actions/configure-aws-credentials'),
      id,
      with: {
        'role-to-assume': place.role,
        'aws-region': place.region,
        'output-credentials': true,
        'output-env-credentials': false,
      },
    },
    {
      uses: pins.uses('aws-actions/amazon-ecr-login'),
      env: {
        AWS_REGION: place.region,
        AWS_ACCESS_KEY_ID: output('access-key-id'),
        AWS_SECRET_ACCESS_KEY: output('secret-access-key'),
        AWS_SESSION_TOKEN: output('session-token'),
      },
    },
  ];
}

function secret(name = ''): string {
  return `\${{ secrets.${name} }}`;
}

function login(pins: Pins, place: RegistryPlace, username: string, password: string): Fields {
  return { uses: pins.uses('docker/login-action'), ...when(place), with: { registry: place.host, username, password } };
}

export function when({ condition }: RegistryPlace): Fields {
  return condition === undefined ? {} : { if: condition };
}
