import type { Ports } from '../../ports.ts';
import type { IdentityToken } from '../identity-token.ts';

/**
 * That an image came into an environment: which commit of the infra repository brought it, by whose run. What the job's own
 * token says, so that where an image has been can be told from the registry alone.
 */
export function promotion(
  environment: string,
  { claims }: IdentityToken,
  { env, clock }: Pick<Ports, 'env' | 'clock'>,
): unknown {
  const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const repository = `${server}/${String(claims['repository'])}`;
  return {
    environment,
    source: { uri: `git+${repository}@${String(claims['ref'])}`, digest: { gitCommit: String(claims['sha']) } },
    actor: String(claims['actor'] ?? ''),
    invocationId: `${repository}/actions/runs/${String(claims['run_id'])}/attempts/${String(claims['run_attempt'])}`,
    promotedOn: new Date(clock.now()).toISOString(),
  };
}
