/** GITHUB_TOKEN scopes, as `permissions:` spells them. */
export type Access = 'read' | 'write' | 'none';
/** By scope; a scope that is not named is `none`. */
export type Permissions = Readonly<Record<string, Access>>;

/** Every scope of a job's token, in the order in which GitHub names them (actions/runner, Permissions.cs). */
export const permissionScopes = [
  'actions',
  'artifact-metadata',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'discussions',
  'issues',
  'packages',
  'pages',
  'pull-requests',
  'repository-projects',
  'statuses',
  'security-events',
  'id-token',
  'models',
  'vulnerability-alerts',
] as const;

/** GitHub's schema of workflow files takes these too; its documentation does not name them. */
export const undocumentedScopes = ['code-quality', 'copilot-requests', 'drives'] as const;

/** Scopes that can only be read: writing them means reading. */
const readOnly: ReadonlySet<string> = new Set(['models', 'vulnerability-alerts']);

/** What is given where the access is asked for. */
export function accessTo(scope: string, access: Access): Access {
  return access === 'write' && readOnly.has(scope) ? 'read' : access;
}

/** What a repository gives its jobs' tokens where no file says more: its setting "Workflow permissions". */
export type TokenDefault = 'read' | 'write';

/** The most that the repository's setting lets a called workflow ask for. */
export function defaultPermissions(setting: TokenDefault): Permissions {
  return setting === 'read' ? { contents: 'read', packages: 'read' } : allPermissions('write');
}

/** What a job is given by the repository's setting: `id-token` only where a file asks for it. */
export function grantedByDefault(setting: TokenDefault): Permissions {
  const { 'id-token': _, ...granted } = defaultPermissions(setting);
  return granted;
}

/** `read-all` and `write-all`. */
export function allPermissions(access: Access): Permissions {
  return Object.fromEntries(permissionScopes.map((scope) => [scope, accessTo(scope, access)]));
}
