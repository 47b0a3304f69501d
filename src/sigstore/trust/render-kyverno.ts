import { publicGood } from '../instances.ts';
import { predicateTypes } from '../statement.ts';
import type { TrustedSigner, TrustRule } from './trust-rule.ts';

/** `audit`: what fails is only reported, and a controller that is down stops nothing. */
export type TrustMode = 'audit' | 'enforce';

const pods = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['pods', 'pods/ephemeralcontainers'],
};

/** The name of a rule's policy, by which its reports are found. */
export function policyName({ service }: Pick<TrustRule, 'service'>): string {
  return `trunkline-${service}`;
}

/**
 * Kyverno's ImageValidatingPolicy (kyverno.io, "ImageValidatingPolicy"; policies.kyverno.io/v1 since 1.17). Where several
 * repositories may ship a service, an image must have all that one of them signs.
 */
export function imageValidatingPolicy(rule: TrustRule, mode: TrustMode): object {
  const types = [...new Set(rule.signers.flatMap((one) => one.types))];
  return {
    apiVersion: 'policies.kyverno.io/v1',
    kind: 'ImageValidatingPolicy',
    metadata: { name: policyName(rule) },
    spec: {
      failurePolicy: mode === 'enforce' ? 'Fail' : 'Ignore',
      validationActions: [mode === 'enforce' ? 'Deny' : 'Audit'],
      webhookConfiguration: { timeoutSeconds: 30 },
      evaluation: { background: { enabled: true } },
      matchConstraints: { resourceRules: [pods] },
      matchImageReferences: globs(rule).map((glob) => ({ glob })),
      validationConfigurations: { mutateDigest: true, verifyDigest: true, required: true },
      attestors: rule.signers.map((signer, index) => ({
        name: attestor(index),
        cosign: { keyless: { identities: identities(rule, signer) }, ctlog: { url: publicGood.rekor } },
      })),
      attestations: types.map((type) => ({ name: variable(type), intoto: { type: predicateTypes[type] } })),
      validations: ['containers', 'initContainers', 'ephemeralContainers'].map((kind) => ({
        expression: `images.${kind}.all(image, ${rule.signers.map((signer, index) => `(${allOf(signer, index)})`).join(' || ')})`,
        message: `expected ${types.join(', ')} of ${rule.service} by ${rule.signers.map((one) => one.source).join(' or ')}`,
      })),
    },
  };
}

function allOf({ types }: TrustedSigner, index: number): string {
  return types
    .map(
      (type) =>
        `verifyAttestationSignatures(image, attestations.${variable(type)}, [attestors.${attestor(index)}]) > 0`,
    )
    .join(' && ');
}

/** ClusterPolicy, for versions that still take it: `type: SigstoreBundle`, since Kyverno 1.13 (subject is no pattern there). */
export function clusterPolicy(rule: TrustRule, mode: TrustMode): object {
  const types = [...new Set(rule.signers.flatMap((one) => one.types))];
  return {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: policyName(rule) },
    spec: {
      background: true,
      webhookConfiguration: { failurePolicy: mode === 'enforce' ? 'Fail' : 'Ignore', timeoutSeconds: 30 },
      rules: [
        {
          name: 'signed',
          match: { any: [{ resources: { kinds: ['Pod'] } }] },
          verifyImages: [
            {
              type: 'SigstoreBundle',
              imageReferences: globs(rule),
              failureAction: mode === 'enforce' ? 'Enforce' : 'Audit',
              mutateDigest: true,
              verifyDigest: true,
              required: true,
              attestations: types.map((type) => ({
                type: predicateTypes[type],
                attestors: [
                  {
                    count: 1,
                    entries: rule.signers
                      .filter((signer) => signer.types.includes(type))
                      .flatMap((signer) =>
                        identities(rule, signer).map((identity) => ({
                          keyless: {
                            ...identity,
                            rekor: { url: publicGood.rekor },
                            additionalExtensions: { githubWorkflowRepository: signer.source },
                          },
                        })),
                      ),
                  },
                ],
              })),
            },
          ],
        },
      ],
    },
  };
}

function identities({ issuer }: TrustRule, { subjects, patterns }: TrustedSigner): readonly object[] {
  return [
    ...subjects.map((subject) => ({ issuer, subject })),
    ...patterns.map((subjectRegExp) => ({ issuer, subjectRegExp })),
  ];
}

/** By tag, by digest, and bare: nothing else that begins with the same letters. */
export function globs({ image }: TrustRule): readonly string[] {
  return [image, `${image}:*`, `${image}@*`];
}

function attestor(index: number): string {
  return `signer${index + 1}`;
}

/** A word of CEL. */
function variable(type: string): string {
  return type.replaceAll('-', '');
}
