import { github, publicGood } from '../instances.ts';
import { predicateTypes } from '../statement.ts';
import { globs, policyName, type TrustMode } from './render-kyverno.ts';
import type { TrustedSigner, TrustRule } from './trust-rule.ts';

/**
 * Sigstore's policy-controller, 0.13 or newer (`signatureFormat: bundle`). An authority for each signer, of which one must
 * have signed everything. GitHub's own instance, of private repositories, needs a TrustRoot called "github"
 * (github.com/github/artifact-attestations-helm-charts).
 */
export function clusterImagePolicy(rule: TrustRule, mode: TrustMode, instance: 'public-good' | 'github'): object {
  const own = instance === 'github';
  return {
    apiVersion: 'policy.sigstore.dev/v1beta1',
    kind: 'ClusterImagePolicy',
    metadata: { name: policyName(rule) },
    spec: {
      mode: mode === 'enforce' ? 'enforce' : 'warn',
      images: globs(rule).map((glob) => ({ glob })),
      authorities: rule.signers.map((signer) => ({
        name: signer.source.replaceAll(/[^a-z0-9-]/gi, '-').toLowerCase(),
        signatureFormat: 'bundle',
        keyless: {
          url: own ? github.fulcio : publicGood.fulcio,
          ...(own ? { trustRootRef: 'github' } : {}),
          identities: [
            ...signer.subjects.map((subject) => ({ issuer: rule.issuer, subject })),
            ...signer.patterns.map((subjectRegExp) => ({ issuer: rule.issuer, subjectRegExp })),
          ],
        },
        ...(own ? { rfc3161timestamp: { trustRootRef: 'github' } } : { ctlog: { url: publicGood.rekor } }),
        attestations: signer.types.map((type) => ({ name: type, predicateType: predicateTypes[type] })),
      })),
    },
  };
}

/** Lines for a shell with cosign 3: one for each statement; `$DIGEST` is the reader's. */
export function cosignLines(rule: TrustRule): readonly string[] {
  return each(rule, (signer, identity, type) => {
    const who = `--certificate-oidc-issuer ${rule.issuer} ${identityFlag('--certificate-identity', '--certificate-identity-regexp', identity)} --certificate-github-workflow-repository ${signer.source}`;
    return type === 'signature'
      ? `cosign verify ${who} "${rule.image}@$DIGEST"`
      : `cosign verify-attestation --type ${predicateTypes[type]} ${who} "${rule.image}@$DIGEST"`;
  });
}

/** Lines for gh, reading what hangs on the image. */
export function ghLines(rule: TrustRule): readonly string[] {
  return each(
    rule,
    (signer, identity, type) =>
      `gh attestation verify "oci://${rule.image}@$DIGEST" --bundle-from-oci --repo ${signer.source} ${identityFlag('--cert-identity', '--cert-identity-regex', identity)} --cert-oidc-issuer ${rule.issuer} --predicate-type ${predicateTypes[type]}${signer.runner === 'github-hosted' ? ' --deny-self-hosted-runners' : ''}`,
  );
}

interface Identity {
  readonly text: string;
  readonly pattern: boolean;
}

function each(
  rule: TrustRule,
  line: (signer: TrustedSigner, identity: Identity, type: TrustedSigner['types'][number]) => string,
): readonly string[] {
  return rule.signers.flatMap((signer) => {
    const identities: readonly Identity[] = [
      ...signer.subjects.map((text) => ({ text, pattern: false })),
      ...signer.patterns.map((text) => ({ text, pattern: true })),
    ];
    // One of the identities must have signed: the lines of each are an alternative.
    return identities.flatMap((identity) => signer.types.map((type) => line(signer, identity, type)));
  });
}

function identityFlag(exact: string, regexp: string, { text, pattern }: Identity): string {
  return `${pattern ? regexp : exact} ${shellWord(text)}`;
}

/** One word for a shell: names of branches may hold what it would carry out. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
