import type { Forge } from '../forge.ts';

/** `verification` of a commit: what the forge made is verified, nobody's keys are known for the rest. */
export function presentVerification(forge: Forge, sha: string) {
  const signed = forge.store.signedCommits.by('sha', sha)[0];
  if (signed === undefined)
    return { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };
  return {
    verified: true,
    reason: 'valid',
    signature: 'made by the forge, which vouches for it without a key',
    payload: sha,
    verified_at: signed.at,
  };
}
