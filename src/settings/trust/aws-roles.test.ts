import { expect, test } from 'vitest';
import { parseConfig } from '../../config/parse-config.ts';
import { judgeTrust } from '../../lab/aws/trust-policy.ts';
import { type AwsRole, awsTrust } from './aws-roles.ts';
import { checkTrust } from './check-trust.ts';
import { federationGuide } from './federation.ts';
import { type SubjectForm, subjectsOf, type TrustedRepository } from './subject.ts';
import { ecrRequest, terraformOf } from './terraform.ts';

const app: TrustedRepository = {
  repository: 'acme/bookstore',
  id: 22,
  owner: { login: 'acme', id: 11 },
  subject: { useDefault: true, immutable: true, prefix: 'repo:acme@11/bookstore@22' },
};
const services = parseConfig(
  'trunkline.yaml',
  `
kind: Services
infra: acme/infra
registry: { ecr: "123456789012/eu-west-1", prefix: bookstore }
services: { catalog: {}, orders: { targets: [api, worker] } }
`,
);
const infra = parseConfig(
  'trunkline.yaml',
  `
kind: Environments
accept: { acme/bookstore: { services: { catalog: team } } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
deploy: { command: make deploy }
environments:
  dev: { track: main }
  prod: { from: dev, aws: { role: "arn:aws:iam::123456789012:role/ops/deploy-prod", region: eu-west-1 } }
`,
);

const role = (use: AwsRole['use'], config = services, form: SubjectForm = 'current'): AwsRole => {
  const found = awsTrust(config, app, form).roles.find((one) => one.use === use);
  if (found === undefined) throw new Error(`no role for ${use}`);
  return found;
};

/** The claims of a job that publishes, some of them otherwise. */
function mayAssume(trust: AwsRole['trust'], change: Readonly<Record<string, string | undefined>> = {}): boolean {
  const claims: Readonly<Record<string, string | undefined>> = {
    aud: 'sts.amazonaws.com',
    sub: 'repo:acme@11/bookstore@22:environment:publish',
    repository_id: '22',
    environment: 'publish',
    job_workflow_ref: 'acme/bookstore/.github/workflows/publish.yml@refs/heads/main',
    ...change,
  };
  const keys = Object.fromEntries(
    Object.entries(claims).flatMap(([name, value]) =>
      value === undefined ? [] : [[`token.actions.githubusercontent.com:${name}`, value]],
    ),
  );
  return judgeTrust(trust, {
    action: 'sts:AssumeRoleWithWebIdentity',
    provider: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
    keys,
  }).allowed;
}

test('the publishing job of a branch that is published may push, and no other job', () => {
  const { trust } = role('push');
  expect(mayAssume(trust)).toBe(true);
  const workflow = 'acme/bookstore/.github/workflows/publish.yml@refs/heads';
  expect(mayAssume(trust, { job_workflow_ref: `${workflow}/hotfixes/team/crash` })).toBe(true);
  for (const [why, change] of Object.entries({
    'a pull request': { sub: 'repo:acme@11/bookstore@22:pull_request', environment: undefined },
    'a branch without the environment': {
      sub: 'repo:acme@11/bookstore@22:ref:refs/heads/main',
      environment: undefined,
    },
    'another branch’s workflow': { job_workflow_ref: `${workflow}/feature` },
    'another workflow': { job_workflow_ref: 'acme/bookstore/.github/workflows/evil.yml@refs/heads/main' },
    'another environment': { sub: 'repo:acme@11/bookstore@22:environment:prune', environment: 'prune' },
    'a repository that took over the name': { repository_id: '99' },
    'the form of old, which is not written any more': { sub: 'repo:acme/bookstore:environment:publish' },
    'another audience': { aud: 'https://github.com/acme' },
  }))
    expect({ why, may: mayAssume(trust, change) }).toEqual({ why, may: false });
});

test('both forms are trusted while a repository goes from one to the other', () => {
  const { trust } = role('push', services, 'both');
  expect(mayAssume(trust)).toBe(true);
  expect(mayAssume(trust, { sub: 'repo:acme/bookstore:environment:publish' })).toBe(true);
  expect(subjectsOf(app, 'prod', 'classic')).toEqual(['repo:acme/bookstore:environment:prod']);
  expect(subjectsOf(app, 'prod', 'immutable')).toEqual(['repo:acme@11/bookstore@22:environment:prod']);
  const renamed = { ...app, subject: { useDefault: true, immutable: true, prefix: 'repo:acme@11/old-name@22' } };
  // What GitHub says that it writes counts, not what one would work out.
  expect(subjectsOf(renamed, 'prod', 'current')).toEqual(['repo:acme@11/old-name@22:environment:prod']);
  const { subject: _subject, ...unread } = app;
  expect(subjectsOf(unread, 'prod', 'current')).toHaveLength(2);
});

test('who pushes may not delete, who deletes may not push, and both only in repositories that are named', () => {
  const actions = (use: 'push' | 'delete') => role(use).permissions?.Statement.flatMap((one) => one.Action) ?? [];
  expect(actions('push')).toContain('ecr:PutImage');
  expect(actions('push').filter((one) => /Delete|Create|PutImageTag|Policy|\*/.test(String(one)))).toEqual([]);
  expect(actions('delete')).toContain('ecr:BatchDeleteImage');
  expect(actions('delete').filter((one) => /Put|Upload|Create|\*/.test(String(one)))).toEqual([]);
  for (const use of ['push', 'delete'] as const) {
    const [login, named] = role(use).permissions?.Statement ?? [];
    expect(login).toMatchObject({ Action: 'ecr:GetAuthorizationToken', Resource: '*' });
    expect(named?.Resource).toEqual([
      'arn:aws:ecr:eu-west-1:123456789012:repository/bookstore/catalog',
      'arn:aws:ecr:eu-west-1:123456789012:repository/bookstore/orders-api',
      'arn:aws:ecr:eu-west-1:123456789012:repository/bookstore/orders-worker',
    ]);
    expect(role(use).name).toBe(use === 'push' ? 'trunkline-publish' : 'trunkline-publish-prune');
  }
  expect(mayAssume(role('delete').trust)).toBe(false);
});

test('an environment’s deploy role is assumed by the deploy workflow of main, in that environment', () => {
  const { trust, name, permissions } = role('deploy', infra);
  expect({ name, permissions }).toEqual({ name: 'ops/deploy-prod', permissions: undefined });
  const job = {
    sub: 'repo:acme@11/bookstore@22:environment:prod',
    environment: 'prod',
    job_workflow_ref: 'acme/bookstore/.github/workflows/deploy-environment.yml@refs/heads/main',
  };
  expect(mayAssume(trust, job)).toBe(true);
  expect(mayAssume(trust, { ...job, sub: 'repo:acme@11/bookstore@22:environment:dev', environment: 'dev' })).toBe(
    false,
  );
});

const looking = parseConfig(
  'trunkline.yaml',
  `
kind: Environments
accept:
  acme/shop: { services: { api: team, web: team }, signer: .github/workflows/publish.yml, verify: [signature], registry: { ecr: "123456789012/eu-west-1", prefix: shop } }
  acme/bank: { services: { ledger: team }, signer: .github/workflows/publish.yml, verify: [signature], registry: { ecr: "123456789012/us-east-1" } }
  acme/site: { services: { site: team } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
deploy: { command: make deploy }
environments: { dev: { track: main }, prod: { from: dev } }
`,
);

test('what looks at signatures may read what is accepted, in the environments in which it looks, and nothing else', () => {
  const { trust, permissions, name } = role('read', looking);
  expect(name).toBe('trunkline-verify');
  expect(permissions?.Statement[1]).toEqual({
    Sid: 'Read',
    Effect: 'Allow',
    Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
    Resource: ['eu-west-1:123456789012:repository/shop/api', 'eu-west-1:123456789012:repository/shop/web']
      .map((one) => `arn:aws:ecr:${one}`)
      .concat('arn:aws:ecr:us-east-1:123456789012:repository/ledger'),
  });
  const job = (environment: string, file: string, branch = 'main') => ({
    sub: `repo:acme@11/bookstore@22:environment:${environment}`,
    environment,
    job_workflow_ref: `acme/bookstore/.github/workflows/${file}@refs/heads/${branch}`,
  });
  for (const [allowed, change] of [
    [true, job('trunkline', 'receive.yml')],
    [true, job('trunkline', 'policy.yml')],
    [true, job('prod', 'deploy-environment.yml')],
    [false, job('trunkline', 'promote.yml')],
    [false, job('publish', 'receive.yml')],
    [false, job('prod', 'deploy-environment.yml', 'fix')],
    [false, { ...job('prod', 'deploy-environment.yml'), repository_id: '23' }],
  ] as const)
    expect({ change, may: mayAssume(trust, change) }).toEqual({ change, may: allowed });
  expect(mayAssume(role('read', looking, 'both').trust, { ...job('dev', 'deploy-environment.yml') })).toBe(true);
  const classic = { ...job('trunkline', 'sweep.yml'), sub: 'repo:acme/bookstore:environment:trunkline' };
  expect(mayAssume(trust, classic)).toBe(false);
  expect(mayAssume(role('read', looking, 'both').trust, classic)).toBe(true);
});

test('a release by tag reads by a role that cannot push', () => {
  const tagged = parseConfig(
    'trunkline.yaml',
    'kind: Services\ninfra: acme/infra\nregistry: { ecr: "123456789012/eu-west-1" }\nrelease: { tags: "v*" }\nservices: { api: {} }\n',
  );
  const { name, trust } = role('read', tagged);
  expect(name).toBe('trunkline-publish-read');
  const at = (ref: string) => ({ job_workflow_ref: `acme/bookstore/.github/workflows/release.yml@${ref}` });
  expect(mayAssume(trust, at('refs/tags/v1.0.0'))).toBe(true);
  expect(mayAssume(trust, at('refs/heads/main'))).toBe(false);
  expect(mayAssume(role('push', tagged).trust, at('refs/tags/v1.0.0'))).toBe(false);
});

test('two repositories share no role, and images are looked for where they are pushed', () => {
  const trusting = (repository: string, config = services) => ({
    repository,
    config,
    aws: awsTrust(config, { ...app, repository }, 'current'),
  });
  expect(checkTrust([trusting('acme/bookstore'), trusting('acme/infra', infra)])).toEqual([]);
  expect(checkTrust([trusting('acme/bookstore'), trusting('acme/shop')])).toEqual([
    {
      code: 'CONFIG_INVALID',
      message:
        'acme/shop: expected a role of its own, found arn:aws:iam::123456789012:role/trunkline-publish of acme/bookstore: what one may push the other could replace',
      hint: 'registry: { role: trunkline-publish-shop }',
    },
  ]);
  expect(checkTrust([trusting('acme/shop'), trusting('acme/infra', looking)])[0]?.message).toBe(
    'acme/infra: accept.acme/shop.registry: expected 123456789012.dkr.ecr.eu-west-1.amazonaws.com/bookstore, where it pushes, found 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop',
  );
});

test('Terraform and the command line make repositories whose tags never move and whose images are scanned', () => {
  const { resource } = terraformOf(awsTrust(services, app, 'current')) as {
    resource: Record<string, Record<string, Record<string, unknown>>>;
  };
  expect(Object.values(resource['aws_ecr_repository'] ?? {})).toEqual(
    ['bookstore/catalog', 'bookstore/orders-api', 'bookstore/orders-worker'].map((name) => ({
      name,
      image_tag_mutability: 'IMMUTABLE',
      image_scanning_configuration: { scan_on_push: true },
      encryption_configuration: { encryption_type: 'AES256' },
    })),
  );
  expect(Object.keys(resource['aws_iam_role'] ?? {})).toEqual(['trunkline-publish', 'trunkline-publish-prune']);
  expect(resource['aws_iam_role_policy']?.['trunkline-publish']).toMatchObject({
    role: `\${aws_iam_role.trunkline-publish.name}`,
    policy: JSON.stringify(role('push').permissions),
  });
  const deploy = terraformOf(awsTrust(infra, app, 'current')) as typeof resource & { resource: typeof resource };
  expect(deploy.resource['aws_iam_role']?.['ops_deploy-prod']).toMatchObject({ name: 'deploy-prod', path: '/ops/' });
  expect(ecrRequest('a/b')).toMatchObject({
    imageTagMutability: 'IMMUTABLE',
    imageScanningConfiguration: { scanOnPush: true },
  });
});

test('other clouds are told by number too, and each environment by itself', () => {
  const guide = federationGuide(app, ['publish', 'prod'], 'current');
  expect(guide).toContain("assertion.repository_id == '22' && assertion.repository_owner_id == '11'");
  expect(guide).toContain('/subject/repo:acme@11/bookstore@22:environment:prod"');
  expect(guide).toContain('"subject":"repo:acme@11/bookstore@22:environment:publish"');
});
