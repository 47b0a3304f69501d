import type { Ports } from '../../ports.ts';
import type { IdentityToken } from '../identity-token.ts';

/** What tests said (github.com/in-toto/attestation, spec/predicates/test-result.md v0.1), and which workflow ran them. */
export function testResult(
  tests: { readonly passed: readonly string[]; readonly failed: readonly string[] },
  { claims }: IdentityToken,
  env: Ports['env'],
): unknown {
  const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const repository = `${server}/${String(claims['repository'])}`;
  return {
    result: tests.failed.length === 0 ? 'PASSED' : 'FAILED',
    configuration: [
      {
        name: String(claims['workflow_ref']),
        uri: `git+${repository}@${String(claims['ref'])}`,
        digest: { gitCommit: String(claims['sha']) },
      },
    ],
    url: `${repository}/actions/runs/${String(claims['run_id'])}`,
    passedTests: tests.passed,
    warnedTests: [],
    failedTests: tests.failed,
  };
}
