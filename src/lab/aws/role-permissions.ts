import { list, matches } from './trust-policy.ts';

/** What a role may do, as IAM keeps it. */
export interface PermissionPolicy {
  readonly Statement: PermissionStatement | readonly PermissionStatement[];
}

interface PermissionStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Whether some statement allows the action on the resource, and none denies it. Conditions are not looked at. */
export function isPermitted({ Statement }: PermissionPolicy, action: string, resource: string): boolean {
  const meant = list(Statement).filter(
    (one) =>
      list(one.Action).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
      list(one.Resource).some((pattern) => matches(pattern, resource)),
  );
  return meant.length > 0 && meant.every(({ Effect }) => Effect === 'Allow');
}
