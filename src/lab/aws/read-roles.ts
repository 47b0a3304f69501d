import { readFileSync } from 'node:fs';
import { TrunklineError } from '../../errors.ts';
import type { TrustPolicy } from './trust-policy.ts';

/** Trust policies by role ARN. */
export type AwsRoles = ReadonlyMap<string, TrustPolicy>;

/** Reads `{ "arn:aws:iam::123456789012:role/deploy": { "Statement": … } }`. @throws CONFIG_INVALID */
export function readRoles(file: string): AwsRoles {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new TrunklineError('CONFIG_INVALID', `expected JSON of AWS roles in ${file}, found none that can be read`, {
      cause,
    });
  }
  const roles = new Map<string, TrustPolicy>();
  for (const [arn, policy] of Object.entries(value ?? {})) {
    if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/.test(arn)) {
      throw new TrunklineError('CONFIG_INVALID', `expected the ARN of a role in ${file}, found "${arn}"`, {
        hint: '{ "arn:aws:iam::123456789012:role/deploy": { "Version": "2012-10-17", "Statement": [] } }',
      });
    }
    if (typeof policy !== 'object' || policy === null || !('Statement' in policy))
      throw new TrunklineError('CONFIG_INVALID', `expected a trust policy with a Statement for ${arn} in ${file}`);
    roles.set(arn, policy as TrustPolicy);
  }
  return roles;
}
