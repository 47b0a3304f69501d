import { given } from './given.ts';
import type { RegistryDocument } from './registry-schema.ts';

/** Where images are, and how jobs log in there. */
export interface Registry {
  readonly kind: 'ghcr' | 'ecr' | 'oci';
  readonly host: string;
  /** What stands between host and service, the owner at ghcr.io among it. */
  readonly path?: string;
  readonly aws?: AwsRegistry;
  /** Names of the secrets that hold the login of any other registry. */
  readonly login?: { readonly username: string; readonly password: string };
}

export interface AwsRegistry {
  readonly account: string;
  readonly region: string;
  /** Name of the IAM role, with its path. */
  readonly role: string;
  /** The variable of GitHub that holds the role's ARN; undefined: it is made of the above. */
  readonly variable?: string;
}

/** What `registry` says; which one it is has been checked before. */
export function toRegistry(
  { ghcr, ecr, oci, prefix, role, 'role-variable': variable, secrets = 'REGISTRY' }: RegistryDocument,
  usualRole: string,
): Registry {
  if (ghcr !== undefined)
    return {
      kind: 'ghcr',
      host: 'ghcr.io',
      path: [ghcr.toLowerCase(), ...(prefix === undefined ? [] : [prefix])].join('/'),
    };
  const path = given({ path: prefix });
  if (ecr === undefined) {
    const login = { username: `${secrets}_USERNAME`, password: `${secrets}_PASSWORD` };
    return { kind: 'oci', host: oci ?? '', ...path, login };
  }
  const [account = '', region = ''] = ecr.split('/');
  const aws = { account, region, role: role ?? usualRole, ...given({ variable }) };
  const domain = partitionOf(region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { kind: 'ecr', host: `${account}.dkr.ecr.${region}.${domain}`, ...path, aws };
}

/** The part of AWS that a region belongs to, as ARNs name it. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** `suffix` is that of a role beside it. */
export function roleArn({ account, region, role }: AwsRegistry, suffix = ''): string {
  return `arn:${partitionOf(region)}:iam::${account}:role/${role}${suffix}`;
}
