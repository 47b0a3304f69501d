/** Services that certify, log and time a signature. */
export interface SigstoreInstance {
  readonly name: 'public-good' | 'github' | 'custom';
  readonly fulcio: string;
  /** Absent where no log is kept. */
  readonly rekor?: string;
  readonly timestamps?: string;
}

/** sigstore.dev: whatever is signed there can be read by everybody, the repository's name included. */
export const publicGood: SigstoreInstance = {
  name: 'public-good',
  fulcio: 'https://fulcio.sigstore.dev',
  rekor: 'https://rekor.sigstore.dev',
  timestamps: 'https://timestamp.sigstore.dev/api/v1/timestamp',
};

/** GitHub's own, for private repositories: timestamps, and no public log (actions/attest, endpoints.ts). */
export const github: SigstoreInstance = {
  name: 'github',
  fulcio: 'https://fulcio.githubapp.com',
  timestamps: 'https://timestamp.githubapp.com/api/v1/timestamp',
};

/** As GitHub's attestations choose: no name of a private repository reaches a public log. */
export function instanceFor(visibility: string | undefined): SigstoreInstance {
  return visibility === 'public' ? publicGood : github;
}
