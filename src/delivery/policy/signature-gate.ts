import { short } from '../in-words.ts';
import type { PinChange, PolicyFacts, Verdict } from './facts.ts';

/** Whether the release is signed by the workflow that must sign it, where the repository that ships it must sign. */
export function signature(facts: PolicyFacts, change: PinChange): readonly Verdict[] {
  const { service, environment, after: digest } = change;
  const accepted = facts.state.config.accept.filter((one) => one.services.has(service));
  if (digest === undefined || accepted.every((one) => one.verify.length === 0)) return [];
  const gate = `signature of ${service} in ${environment}`;
  const found = facts.signatures?.get(signatureKey(service, digest));
  if (found === undefined) return [{ gate, ok: false, reason: `nobody looked at the signatures of ${short(digest)}` }];
  return [{ gate, ...found }];
}

export function signatureKey(service: string, digest: string): string {
  return JSON.stringify([service, digest]);
}

/** What was found out about one release's signatures. */
export interface SignatureVerdict {
  readonly ok: boolean;
  /** Who signed, or what differs. */
  readonly reason: string;
}
