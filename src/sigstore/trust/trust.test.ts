import { expect, test } from 'vitest';
import { parseConfig } from '../../config/parse-config.ts';
import type { Lock } from '../../workflow/generate/lock.ts';
import { judgeReadiness, type PolicyDay, readPolicyReports } from './readiness.ts';
import { clusterPolicy, imageValidatingPolicy } from './render-kyverno.ts';
import { clusterImagePolicy, cosignLines, ghLines } from './render-others.ts';
import { type TrustRule, trustRules } from './trust-rule.ts';

const publish = 'https://github.com/acme/app/.github/workflows/publish.yml';
const [rule] = rulesOf(
  'acme/app: { services: { api: t }, signer: .github/workflows/publish.yml, verify: [signature, provenance] }',
);

function rulesOf(accept: string, lock: Pick<Lock, 'actions'> = { actions: {} }): TrustRule[] {
  const text = `kind: Environments
accept:
  ${accept.replaceAll('\n', '\n  ')}
  acme/unsigned: { services: { web: t } }
manifests: { json: "envs/{environment}.json", path: "{service}" }
routes: [{ branch: "release/*", to: dev }]
environments: { dev: { track: main } }
`;
  const { environments } = parseConfig('trunkline.yaml', text);
  if (environments === undefined) throw new Error('no environments');
  return [...trustRules(environments, (service) => `ghcr.io/acme/${service}`, lock)];
}

test('a rule names whole identities, and anchored patterns where a route is one', () => {
  expect(rule?.signers[0]).toMatchObject({ source: 'acme/app', subjects: [`${publish}@refs/heads/main`] });
  const [release, hotfix] = (rule?.signers[0]?.patterns ?? []).map((one) => new RegExp(one));
  expect(release?.test(`${publish}@refs/heads/release/2`)).toBe(true);
  for (const other of ['release/2/x', 'release', 'xrelease/2'])
    expect(release?.test(`${publish}@refs/heads/${other}`)).toBe(false);
  expect(release?.test(`x${publish}@refs/heads/release/2`)).toBe(false);
  expect(release?.test(`${publish.replace('.yml', 'xyml')}@refs/heads/release/2`)).toBe(false);
  expect(hotfix?.test(`${publish}@refs/heads/hotfixes/a`)).toBe(true);
  expect(hotfix?.test(`${publish}@refs/heads/hotfixes/a b`)).toBe(false);
});

test('a service that another repository may ship unsigned gets no rule: nothing can be asked of it', () => {
  const both =
    'acme/app: { services: { api: t, web: t }, signer: .github/workflows/publish.yml, verify: [provenance] }';
  expect(rulesOf(both).map(({ service }) => service)).toEqual(['api']);
});

test('policies ask for every statement, by digest, and refuse only when told to', () => {
  if (rule === undefined) throw new Error('no rule');
  const policy = imageValidatingPolicy(rule, 'enforce');
  expect(policy).toMatchObject({
    apiVersion: 'policies.kyverno.io/v1',
    spec: {
      failurePolicy: 'Fail',
      validationActions: ['Deny'],
      matchImageReferences: [
        { glob: 'ghcr.io/acme/api' },
        { glob: 'ghcr.io/acme/api:*' },
        { glob: 'ghcr.io/acme/api@*' },
      ],
      validationConfigurations: { mutateDigest: true, verifyDigest: true, required: true },
      attestors: [
        {
          cosign: {
            keyless: {
              identities: expect.arrayContaining([{ issuer: rule.issuer, subject: `${publish}@refs/heads/main` }]),
            },
          },
        },
      ],
    },
  });
  expect(JSON.stringify(policy)).toContain(
    'images.containers.all(image, (verifyAttestationSignatures(image, attestations.signature, [attestors.signer1]) > 0 && verifyAttestationSignatures(image, attestations.provenance, [attestors.signer1]) > 0))',
  );
  expect(imageValidatingPolicy(rule, 'audit')).toMatchObject({
    spec: { failurePolicy: 'Ignore', validationActions: ['Audit'] },
  });
  expect(clusterPolicy(rule, 'audit')).toMatchObject({
    spec: {
      webhookConfiguration: { failurePolicy: 'Ignore' },
      rules: [
        {
          verifyImages: [
            {
              type: 'SigstoreBundle',
              failureAction: 'Audit',
              attestations: [
                { type: 'https://sigstore.dev/cosign/sign/v1' },
                {
                  type: 'https://slsa.dev/provenance/v1',
                  attestors: [
                    {
                      count: 1,
                      entries: expect.arrayContaining([
                        {
                          keyless: {
                            issuer: rule.issuer,
                            subject: `${publish}@refs/heads/main`,
                            rekor: { url: 'https://rekor.sigstore.dev' },
                            additionalExtensions: { githubWorkflowRepository: 'acme/app' },
                          },
                        },
                      ]),
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
  });
  expect(clusterImagePolicy(rule, 'enforce', 'github')).toMatchObject({
    spec: {
      mode: 'enforce',
      authorities: [
        {
          name: 'acme-app',
          signatureFormat: 'bundle',
          keyless: { url: 'https://fulcio.githubapp.com', trustRootRef: 'github' },
          rfc3161timestamp: { trustRootRef: 'github' },
        },
      ],
    },
  });
});

test('lines for people name the same', () => {
  if (rule === undefined) throw new Error('no rule');
  expect(cosignLines(rule)[0]).toBe(
    `cosign verify --certificate-oidc-issuer https://token.actions.githubusercontent.com --certificate-identity ${publish}@refs/heads/main --certificate-github-workflow-repository acme/app "ghcr.io/acme/api@$DIGEST"`,
  );
  expect(cosignLines(rule)[1]).toContain('cosign verify-attestation --type https://slsa.dev/provenance/v1 ');
  expect(ghLines(rule)[1]).toBe(
    `gh attestation verify "oci://ghcr.io/acme/api@$DIGEST" --bundle-from-oci --repo acme/app --cert-identity ${publish}@refs/heads/main --cert-oidc-issuer https://token.actions.githubusercontent.com --predicate-type https://slsa.dev/provenance/v1`,
  );
});

test('where the runner is said, gh is told, and what cannot ask for it is no copy', () => {
  const [bound] = rulesOf(
    'acme/app: { services: { api: t }, signer: .github/workflows/publish.yml, verify: [signature], runner: github-hosted }',
  );
  if (bound === undefined) throw new Error('no rule');
  expect(ghLines(bound)[0]).toMatch(/ --deny-self-hosted-runners$/);
  expect(ghLines(bound)).toHaveLength(3);
});

test('a branch whose name a shell would carry out is one word', () => {
  if (rule === undefined) throw new Error('no rule');
  const subjects = [`${publish}@refs/heads/it's;$(id)`];
  const lines = cosignLines({ ...rule, signers: rule.signers.map((one) => ({ ...one, subjects, patterns: [] })) });
  expect(lines[0]).toContain(`--certificate-identity '${publish}@refs/heads/it'\\''s;$(id)' `);
});

const clean = (count: number, change: (day: PolicyDay, index: number) => PolicyDay = (day) => day): PolicyDay[] =>
  Array.from({ length: count }, (_, index) => {
    const day = new Date(Date.parse('2026-11-25T00:00:00Z') - index * 86_400_000).toISOString().slice(0, 10);
    return change({ day, passed: 3, failed: 0 }, index);
  });

test.each<[string, PolicyDay[], boolean, string]>([
  ['fourteen clean days', clean(14), true, '14 clean days'],
  ['thirteen', clean(13), false, '13 clean days, 14 wanted: no reports of 2026-11-12'],
  [
    'a failure five days ago',
    clean(20, (day, index) => (index === 5 ? { ...day, failed: 1 } : day)),
    false,
    '5 clean days, 14 wanted: 1 failed on 2026-11-20',
  ],
  [
    'a day on which nothing was looked at',
    clean(14, (day, index) => (index === 2 ? { ...day, passed: 0 } : day)),
    false,
    '2 clean days, 14 wanted: nothing was looked at on 2026-11-23',
  ],
  [
    'a failure on a day that has not come yet: some clock is ahead',
    [...clean(14), { day: '2026-11-26', passed: 0, failed: 1 }],
    false,
    '0 clean days, 14 wanted: 1 failed on 2026-11-25',
  ],
  [
    'a day to come that was clean, and none of today',
    [...clean(14).slice(1), { day: '2026-11-26', passed: 1, failed: 0 }],
    false,
    '0 clean days, 14 wanted: no reports of 2026-11-25',
  ],
  [
    'a failure in the second report of a day',
    [...clean(14), { day: '2026-11-25', passed: 0, failed: 1 }],
    false,
    '0 clean days, 14 wanted: 1 failed on 2026-11-25',
  ],
])('enforcing after %s', (_, days, go, reason) => {
  expect(judgeReadiness(days, '2026-11-25', 14)).toMatchObject({ go, reason });
});

test('reports of other policies do not count, errors do, and what is no list is refused', () => {
  const results = [
    { policy: 'trunkline-api', result: 'pass' },
    { policy: 'trunkline-api', result: 'error' },
    { policy: 'trunkline-api', result: 'skip' },
    { policy: 'other', result: 'fail' },
  ];
  const text = JSON.stringify({ items: [{ results }] });
  expect(readPolicyReports('r.json', text, 'trunkline-api')).toEqual({ passed: 1, failed: 1 });
  for (const other of ['error: the server doesn’t have a resource type', text.slice(0, -3), 'null', '[]'])
    expect(() => readPolicyReports('r.json', other, 'trunkline-api')).toThrow('expected a list of policy reports');
});

test('versions of a shared workflow are named as the lock has them, and one that ended is said', () => {
  const shared =
    'acme/app: { services: { api: t }, signer: acme/platform/.github/workflows/publish.yml, verify: [signature] }';
  const lockOf = (until?: string): Pick<Lock, 'actions'> => ({
    actions: {
      'acme/platform': {
        version: 'v2',
        sha: '1'.repeat(40),
        resolved: '2026-01-01',
        previous: [{ version: 'v1', sha: '2'.repeat(40), ...(until === undefined ? {} : { until }) }],
      },
    },
  });
  const at = (sha: string): string => `https://github.com/acme/platform/.github/workflows/publish.yml@${sha}`;
  expect(rulesOf(shared, lockOf())[0]?.signers[0]).toMatchObject({
    shared: true,
    ended: false,
    subjects: [at('1'.repeat(40)), at('2'.repeat(40))],
  });
  expect(rulesOf(shared, lockOf('2026-02-01'))[0]?.signers[0]?.ended).toBe(true);
  expect(() => rulesOf(shared)).toThrow('expected versions of acme/platform in trunkline.lock, found none');
});
