import type { Ports } from '../../ports.ts';
import type { IdentityToken } from '../identity-token.ts';

export interface ScanStatement {
  readonly tool: string;
  /** ISO 8601, of the scan's end. */
  readonly scannedAt: string;
  /** The scanner's own JSON. */
  readonly result: unknown;
}

const scanners: Readonly<Record<string, string>> = {
  trivy: 'pkg:github/aquasecurity/trivy',
  grype: 'pkg:github/anchore/grype',
  'osv-scanner': 'pkg:github/google/osv-scanner',
};

/** A scan in cosign's form (github.com/sigstore/cosign, specs/COSIGN_VULN_ATTESTATION_SPEC.md), its report inside as it is. */
export function vulnerabilities(
  { tool, scannedAt, result }: ScanStatement,
  { claims }: IdentityToken,
  env: Ports['env'],
): unknown {
  const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  return {
    invocation: {
      uri: `${server}/${String(claims['repository'])}/actions/runs/${String(claims['run_id'])}`,
      event_id: String(claims['run_id']),
      'builder.id': `${server}/${String(claims['job_workflow_ref'])}`,
    },
    scanner: { uri: scanners[tool.toLowerCase()] ?? tool, version: '', db: { uri: '', version: '' }, result },
    metadata: { scanStartedOn: scannedAt, scanFinishedOn: scannedAt },
  };
}
