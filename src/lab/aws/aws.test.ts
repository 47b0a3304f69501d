import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LabBench, openLabBench, workflowOf } from '../testing/bench.ts';
import { isPermitted, type PermissionPolicy } from './role-permissions.ts';
import { judgeTrust, type TrustPolicy } from './trust-policy.ts';

const account = '123456789012';
const roleOf = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
const provider = `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`;
const key = (name: string): string => `token.actions.githubusercontent.com:${name}`;

function trust(condition: object): TrustPolicy {
  return {
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: provider },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: condition as never,
      },
    ],
  };
}

const deploy = trust({
  StringEquals: { [key('aud')]: 'sts.amazonaws.com', [key('sub')]: 'repo:acme/shop:environment:prod' },
});
const publish = trust({
  StringEquals: { [key('aud')]: 'sts.amazonaws.com' },
  StringLike: { [key('sub')]: ['repo:acme/shop:ref:refs/heads/*', 'repo:acme/other:*'] },
});

const lookOnly: PermissionPolicy = {
  Statement: [
    { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    { Effect: 'Allow', Action: ['ecr:BatchGet*'], Resource: `arn:aws:ecr:eu-west-1:${account}:repository/shop` },
  ],
};

let bench: LabBench;
beforeAll(async () => {
  bench = await openLabBench({
    parallel: 4,
    standInBuilds: true,
    awsRoles: new Map([
      [roleOf('deploy'), { trust: deploy }],
      [roleOf('publish'), { trust: publish }],
      [roleOf('look'), { trust: publish, permissions: lookOnly }],
    ]),
  });
});
afterAll(() => bench.close());

const registry = `${account}.dkr.ecr.eu-west-1.amazonaws.com`;
const assume = (role: string, more = ''): string =>
  `- { uses: aws-actions/configure-aws-credentials@v4, with: { aws-region: eu-west-1, role-to-assume: "${roleOf(role)}"${more} } }`;

test('a role is assumed by the job that its trust policy names, and by no other, for AWS’ reason', async () => {
  const run = await bench.push(
    'shop',
    workflowOf({
      right: `environment: prod\npermissions: { id-token: write, contents: read }\nsteps:
  ${assume('deploy')}
  - run: 'echo "key \${AWS_ACCESS_KEY_ID:0:4} in $AWS_REGION"'`,
      wrong: `permissions: { id-token: write }\nsteps:\n  ${assume('deploy')}`,
      audience: `permissions: { id-token: write }\nsteps:\n  ${assume('publish', ', audience: other')}`,
      stranger: `permissions: { id-token: write }\nsteps:\n  ${assume('nobody')}`,
      mute: `permissions: { contents: read }\nsteps:\n  ${assume('publish')}`,
    }),
  );
  expect(run.conclusions).toEqual([
    'audience failure',
    'mute failure',
    'right success',
    'stranger failure',
    'wrong failure',
  ]);
  expect(run.logOf('right')).toMatch(/^key ASIA in eu-west-1$/m);
  const refused = '##[error]Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity';
  for (const job of ['wrong', 'audience', 'stranger']) expect(run.logOf(job)).toContain(refused);
  expect(run.logOf('wrong')).toContain(
    `StringEquals wants ${key('sub')} "repo:acme/shop:environment:prod", the token has "repo:acme/shop:ref:refs/heads/main"`,
  );
  expect(run.logOf('mute')).toContain('Did you mean to set the `id-token` permission?');
  expect(run.logOf('mute')).toContain('Could not load credentials from any providers');
});

test('ECR lets in who assumed a role of its account, and docker logs in with what it answers', async () => {
  const push = `- { uses: docker/build-push-action@v6, with: { context: ., push: true, tags: "${registry}/shop:1" } }`;
  const run = await bench.push(
    'shop',
    workflowOf({
      right: `permissions: { id-token: write, contents: read }\nsteps:
  - uses: actions/checkout@v4
  ${assume('publish')}
  - { uses: aws-actions/amazon-ecr-login@v2, id: ecr }
  ${push}
  - run: echo "registry \${{ steps.ecr.outputs.registry }}"`,
      nobody: `steps:\n  - { uses: aws-actions/amazon-ecr-login@v2, env: { AWS_REGION: eu-west-1 } }`,
      false: `steps:\n  - { uses: aws-actions/amazon-ecr-login@v2, env: { AWS_REGION: eu-west-1, AWS_ACCESS_KEY_ID: AKIAFALSE } }`,
      look: `permissions: { id-token: write, contents: read }\nsteps:
  - uses: actions/checkout@v4
  - uses: aws-actions/configure-aws-credentials@v4
    id: keys
    with: { aws-region: eu-west-1, role-to-assume: "${roleOf('look')}", output-credentials: true, output-env-credentials: false }
  - uses: aws-actions/amazon-ecr-login@v2
    env:
      AWS_REGION: eu-west-1
      AWS_ACCESS_KEY_ID: \${{ steps.keys.outputs.aws-access-key-id }}
      AWS_SECRET_ACCESS_KEY: \${{ steps.keys.outputs.aws-secret-access-key }}
      AWS_SESSION_TOKEN: \${{ steps.keys.outputs.aws-session-token }}
  - run: echo "keys of the job \${AWS_ACCESS_KEY_ID:-none}"
  ${push}`,
      unlogged: `steps:\n  - uses: actions/checkout@v4\n  ${push}`,
    }),
    { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' },
  );
  expect(run.conclusions).toEqual([
    'false failure',
    'look failure',
    'nobody failure',
    'right success',
    'unlogged failure',
  ]);
  expect(run.logOf('right')).toContain(`registry ${registry}`);
  expect(run.logOf('nobody')).toContain('Could not load credentials from any providers');
  expect(run.logOf('false')).toContain('The security token included in the request is invalid.');
  expect(run.logOf('look')).toMatch(/^keys of the job none$/m);
  expect(run.logOf('look')).toContain('not authorized to perform: ecr:PutImage on resource: repository/shop');
  expect(run.logOf('unlogged')).toContain('wants a login');
});

test('STS answers whoever asks it over HTTPS', async () => {
  const ask = async (form: Readonly<Record<string, string>>): Promise<{ status: number; text: string }> => {
    const body = new URLSearchParams({ Version: '2011-06-15', ...form }).toString();
    const response = await bench.lab.fetch('https://sts.eu-west-1.amazonaws.com/', { method: 'POST', body });
    return { status: response.status, text: await response.text() };
  };
  const garbage = await ask({ Action: 'AssumeRoleWithWebIdentity', RoleArn: roleOf('deploy'), WebIdentityToken: 'x' });
  expect(garbage).toMatchObject({ status: 400 });
  expect(garbage.text).toContain('<Code>InvalidIdentityToken</Code>');
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: 'https://token.actions.githubusercontent.com', aud: 'sts.amazonaws.com', exp: 9e9 };
  const forged = `${part({ alg: 'RS256' })}.${part({ ...claims, sub: 'repo:acme/shop:environment:prod' })}.eA`;
  expect(
    (await ask({ Action: 'AssumeRoleWithWebIdentity', RoleArn: roleOf('deploy'), WebIdentityToken: forged })).text,
  ).toContain('signature is not valid');
  expect(await ask({ Action: 'GetCallerIdentity' })).toMatchObject({ status: 403 });
});

test('conditions of a trust policy are judged as IAM judges them', () => {
  const keys = { [key('sub')]: 'repo:acme/app:ref:refs/heads/main', [key('aud')]: 'sts.amazonaws.com' };
  const judge = (condition: object, change: object = {}): boolean =>
    judgeTrust(trust(condition), { action: 'sts:AssumeRoleWithWebIdentity', provider, keys, ...change }).allowed;
  const sub = key('sub');
  for (const [condition, allowed] of [
    [{}, true],
    [{ StringEquals: { [sub]: 'repo:acme/app:*' } }, false],
    [{ StringLike: { [sub]: 'repo:acme/app:*' } }, true],
    [{ StringLike: { [sub]: 'repo:acme/ap?:ref:refs/heads/ma*n' } }, true],
    [{ StringLike: { [sub]: 'repo:acme/*:environment:*' } }, false],
    [{ StringLike: { [sub.toUpperCase()]: 'repo:acme/app:*' } }, true],
    [{ StringEquals: { [sub]: ['x', 'repo:acme/app:ref:refs/heads/main'] } }, true],
    [{ StringNotEquals: { [sub]: 'x' } }, true],
    [{ StringNotLike: { [sub]: 'repo:acme/*' } }, false],
    [{ StringEqualsIgnoreCase: { [sub]: 'REPO:acme/app:ref:refs/heads/main' } }, true],
    [{ StringEquals: { [key('environment')]: 'prod' } }, false],
    [{ StringEqualsIfExists: { [key('environment')]: 'prod' } }, true],
    [{ 'ForAllValues:StringLike': { [sub]: 'repo:acme/*' } }, true],
    [{ 'ForAnyValue:StringLike': { [sub]: 'repo:other/*' } }, false],
    [{ Null: { [key('environment')]: 'true' } }, true],
    [{ Unheard: { [sub]: 'x' } }, false],
  ] as const)
    expect([condition, judge(condition)]).toEqual([condition, allowed]);
  expect(judge({}, { provider: 'other' })).toBe(false);
  expect(judge({}, { action: 'sts:AssumeRole' })).toBe(false);
  const denied = { Statement: [...(publish.Statement as []), { Effect: 'Deny', Principal: '*', Action: '*' }] };
  expect(judgeTrust(denied as TrustPolicy, { action: 'sts:AssumeRoleWithWebIdentity', provider, keys }).allowed).toBe(
    false,
  );
});

test('a role does what a statement allows and none denies', () => {
  const may = (action: string, name: string): boolean =>
    isPermitted(lookOnly, action, `arn:aws:ecr:eu-west-1:${account}:repository/${name}`);
  expect([may('ecr:BatchGetImage', 'shop'), may('ecr:BatchGetImage', 'shop2'), may('ecr:PutImage', 'shop')]).toEqual([
    true,
    false,
    false,
  ]);
  const denied = { Statement: [...list(lookOnly), { Effect: 'Deny', Action: 'ecr:*', Resource: '*' } as const] };
  expect(isPermitted(denied, 'ecr:GetAuthorizationToken', 'x')).toBe(false);
});

function list({ Statement }: PermissionPolicy) {
  return [Statement].flat();
}
