import type { Ports } from '../../ports.ts';
import type { IdentityToken } from '../identity-token.ts';

/**
 * SLSA provenance v1 of a GitHub Actions job (slsa.dev/spec/v1.0/provenance, actions.github.io/buildtypes/workflow/v1):
 * what the job's own token says, which a job cannot choose.
 */
export function provenance({ claims }: IdentityToken, env: Ports['env']): unknown {
  const claim = (name: string): string => String(claims[name] ?? '');
  const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const [path = '', ref = ''] = splitRef(claim('workflow_ref').slice(`${claim('repository')}/`.length));
  const repository = `${server}/${claim('repository')}`;
  return {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: { workflow: { ref, repository, path } },
      internalParameters: {
        github: {
          event_name: claim('event_name'),
          repository_id: claim('repository_id'),
          repository_owner_id: claim('repository_owner_id'),
          runner_environment: claim('runner_environment'),
        },
      },
      resolvedDependencies: [{ uri: `git+${repository}@${claim('ref')}`, digest: { gitCommit: claim('sha') } }],
    },
    runDetails: {
      builder: { id: `${server}/${claim('job_workflow_ref')}` },
      metadata: { invocationId: `${repository}/actions/runs/${claim('run_id')}/attempts/${claim('run_attempt')}` },
    },
  };
}

function splitRef(text: string): [string, string] {
  const at = text.indexOf('@');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
