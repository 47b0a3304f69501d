import type { ActionPin, ToolPin } from './lock.ts';

/** The commit of what has none yet: GitHub knows no such commit, so that nothing runs by mistake. */
export const noCommit = '0'.repeat(40);

/**
 * What this version was tried with, for repositories without a lock file. Commits are those of the tags in the
 * publishers' repositories; checksums those that the publishers' releases list.
 */
export const knownActions: Readonly<Record<string, ActionPin>> = {
  'actions/cache': pin('v5.0.5', '27d5ce7f107fe9357f9df03efb73ab90386fccae'),
  'actions/checkout': pin('v7.0.1', '3d3c42e5aac5ba805825da76410c181273ba90b1'),
  'actions/download-artifact': pin('v8.0.1', '3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c'),
  'actions/setup-go': pin('v7.0.0', 'b7ad1dad31e06c5925ef5d2fc7ad053ef454303e'),
  'actions/setup-node': pin('v7.0.0', '820762786026740c76f36085b0efc47a31fe5020'),
  'actions/setup-python': pin('v7.0.0', '5fda3b95a4ea91299a34e894583c3862153e4b97'),
  'actions/upload-artifact': pin('v7.0.0', 'bbbca2ddaa5d8feaa63e36b76fdaad77386f024f'),
  'aws-actions/amazon-ecr-login': pin('v2.1.7', '03f1aad4c6c7ffd436567f42f9384779290529bd'),
  'aws-actions/configure-aws-credentials': pin('v6.2.3', 'e6de054238d6b7531b4efff3b6587d9aade6a06c'),
  'docker/build-push-action': pin('v7.3.0', '53b7df96c91f9c12dcc8a07bcb9ccacbed38856a'),
  'docker/login-action': pin('v4.1.0', '4907a6ddec9925e35a0a9e82d7399ccc52663121'),
  'docker/setup-buildx-action': pin('v4.3.0', '37fe631027851001ddb9b187196cc803df7f5f0e'),
  'docker/setup-qemu-action': pin('v4.2.0', '96fe6ef7f33517b61c61be40b68a1882f3264fb8'),
  // A release knows its own commit only once it is made; `trunkline pin --update` looks it up.
  'trunkline/trunkline': pin('v0', noCommit),
};

export const knownTools: Readonly<Record<string, ToolPin>> = {
  gitleaks: {
    repository: 'gitleaks/gitleaks',
    version: 'v8.30.1',
    asset: 'gitleaks_8.30.1_linux_x64.tar.gz',
    sha256: '551f6fc83ea457d62a0d98237cbad105af8d557003051f41f3e7ca7b3f2470eb',
    resolved: '2026-11-25',
  },
  hadolint: {
    repository: 'hadolint/hadolint',
    version: 'v2.12.0',
    asset: 'hadolint-Linux-x86_64',
    sha256: '56de6d5e5ec427e17b74fa48d51271c7fc0d61244bf5c90e828aab8362d55010',
    resolved: '2026-11-25',
  },
  syft: {
    repository: 'anchore/syft',
    version: 'v1.54.0',
    asset: 'syft_1.54.0_linux_amd64.tar.gz',
    sha256: '54a87372498168b2d033e876fd41fa4e8035b872699e525a57046e1f2f09c860',
    resolved: '2026-11-26',
  },
  trivy: {
    repository: 'aquasecurity/trivy',
    version: 'v0.69.3',
    asset: 'trivy_0.69.3_Linux-64bit.tar.gz',
    sha256: '1816b632dfe529869c740c0913e36bd1629cb7688bd5634f4a858c1d57c88b75',
    resolved: '2026-11-25',
  },
};

function pin(version: string, sha: string): ActionPin {
  return { version, sha, resolved: '2026-11-25' };
}
