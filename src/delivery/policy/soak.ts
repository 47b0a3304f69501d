import type { Digest } from '../../model/digest.ts';
import type { Deployed } from '../state.ts';

/** What the latest deployment of a service in an environment says of a release. */
export type Health =
  | { readonly kind: 'healthy'; readonly since: number }
  | { readonly kind: 'ill'; readonly state: string }
  | { readonly kind: 'other'; readonly digest: Digest }
  | { readonly kind: 'unknown' };

/**
 * Whether an environment has a release healthy, and since when without a break: the reports of its latest deployment
 * in a row that say success. Another release, another deployment, or any other report in between starts it anew.
 */
export function healthOf(
  deployments: readonly Deployed[],
  service: string,
  environment: string,
  digest: Digest,
): Health {
  const latest = deployments.find((one) => one.service === service && one.environment === environment);
  if (latest === undefined) return { kind: 'unknown' };
  if (latest.digest !== digest) return { kind: 'other', digest: latest.digest };
  const reports = latest.reports ?? [];
  const [last] = reports;
  if (last === undefined) return { kind: 'unknown' };
  if (last.state !== 'SUCCESS') return { kind: 'ill', state: last.state.toLowerCase() };
  const broken = reports.findIndex((one) => one.state !== 'SUCCESS');
  const since = Date.parse((broken < 0 ? reports : reports.slice(0, broken)).at(-1)?.at ?? '');
  return Number.isNaN(since) ? { kind: 'unknown' } : { kind: 'healthy', since };
}
