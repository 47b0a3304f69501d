import type { OidcSubject } from '../rows.ts';
import type { Claims } from './jwt.ts';

/** Claims that a subject may be made of, besides `repo` and `context` (docs.github.com, "OpenID Connect reference"). */
export const subjectClaims: ReadonlySet<string> = new Set([
  'repo',
  'context',
  'actor',
  'actor_id',
  'base_ref',
  'environment',
  'event_name',
  'head_ref',
  'job_workflow_ref',
  'ref',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'repository_visibility',
  'run_attempt',
  'run_id',
  'run_number',
  'runner_environment',
  'sha',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'job_workflow_sha',
]);

/**
 * `sub`: `repo:acme/app:ref:refs/heads/main`, with the ids of owner and repository where that was chosen, or the claims
 * that the repository or, where it left that to it, the organisation names.
 */
export function subjectOf(
  claims: Claims,
  repository: OidcSubject | undefined,
  organization: OidcSubject | undefined,
): string {
  const immutable = repository?.immutable ?? organization?.immutable ?? false;
  const custom = repository?.useDefault === false ? (repository.claimKeys ?? organization?.claimKeys) : undefined;
  return (custom ?? ['repo', 'context']).map((key) => part(claims, key, immutable)).join(':');
}

/** What stands before the context: `repo:acme/app`, `repo:acme@1/app@2`. */
export function subjectPrefix(claims: Claims, immutable: boolean): string {
  const text = (key: string): string => String(claims[key] ?? '');
  if (!immutable) return `repo:${text('repository')}`;
  const name = text('repository').slice(text('repository_owner').length + 1);
  return `repo:${text('repository_owner')}@${text('repository_owner_id')}/${name}@${text('repository_id')}`;
}

function part(claims: Claims, key: string, immutable: boolean): string {
  if (key === 'repo') return subjectPrefix(claims, immutable);
  if (key !== 'context') return `${key}:${escaped(claims[key])}`;
  if (claims['environment'] !== undefined) return `environment:${escaped(claims['environment'])}`;
  return claims['event_name'] === 'pull_request' ? 'pull_request' : `ref:${String(claims['ref'])}`;
}

/** A colon in a value would read as the next claim; GitHub writes it `%3A`. */
const escaped = (value: unknown): string => String(value ?? '').replaceAll(':', '%3A');
