import { readFileSync } from 'node:fs';
import { TrunklineError } from '../../errors.ts';
import type { PermissionPolicy } from './role-permissions.ts';
import type { TrustPolicy } from './trust-policy.ts';

/** A role of the lab's AWS. */
export interface AwsRole {
  readonly trust: TrustPolicy;
  /** What it may do at registries; undefined: everything. */
  readonly permissions?: PermissionPolicy;
}

/** By ARN. */
export type AwsRoles = ReadonlyMap<string, AwsRole>;

/**
 * Reads `{ "arn:aws:iam::123456789012:role/deploy": { "Statement": … } }`: the trust policy alone, or
 * `{ "trust": …, "permissions": … }`. @throws CONFIG_INVALID
 */
export function readRoles(file: string): AwsRoles {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new TrunklineError('CONFIG_INVALID', `expected JSON of AWS roles in ${file}, found none that can be read`, {
      cause,
    });
  }
  const roles = new Map<string, AwsRole>();
  for (const [arn, said] of Object.entries(value ?? {})) {
    if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/.test(arn)) {
      throw new TrunklineError('CONFIG_INVALID', `expected the ARN of a role in ${file}, found "${arn}"`, {
        hint: '{ "arn:aws:iam::123456789012:role/deploy": { "Version": "2012-10-17", "Statement": [] } }',
      });
    }
    const { trust, permissions } = isPolicy(said) ? { trust: said } : { ...(said as Partial<AwsRole>) };
    if (!isPolicy(trust) || (permissions !== undefined && !isPolicy(permissions)))
      throw new TrunklineError('CONFIG_INVALID', `expected a trust policy with a Statement for ${arn} in ${file}`);
    roles.set(arn, { trust: trust as TrustPolicy, ...(permissions === undefined ? {} : { permissions }) });
  }
  return roles;
}

function isPolicy(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'Statement' in value;
}
