/** What the stand-ins for Trivy and Gitleaks know as a secret. */
export interface SecretPattern {
  readonly id: string;
  readonly title: string;
  readonly severity: 'HIGH' | 'CRITICAL';
  readonly pattern: RegExp;
}

export const secretPatterns: readonly SecretPattern[] = [
  {
    id: 'aws-access-key-id',
    title: 'AWS Access Key ID',
    severity: 'CRITICAL',
    pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  },
  {
    id: 'github-pat',
    title: 'GitHub Personal Access Token',
    severity: 'CRITICAL',
    pattern: /\bghp_[0-9A-Za-z]{36}\b|\bgithub_pat_[0-9A-Za-z_]{82}\b/,
  },
  {
    id: 'private-key',
    title: 'Asymmetric Private Key',
    severity: 'HIGH',
    pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
  },
];
