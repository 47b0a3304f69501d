import {
  type ActionCall,
  type ActionResult,
  type BuiltInAction,
  booleanInput,
  input,
} from '../../runner/actions/action.ts';
import { type AwsAccounts, AwsRefusal, type AwsSession } from '../aws/aws-accounts.ts';

const variables = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
];
const noProvider =
  'Credentials could not be loaded, please check your action inputs: Could not load credentials from any providers';

/**
 * aws-actions/configure-aws-credentials: asks for the job's real OIDC token and has the lab's AWS judge it by the trust
 * policy of the role, in AWS' words. It tries once: the action itself tries a refusal twelve times.
 */
export function configureAwsCredentials(accounts: AwsAccounts): BuiltInAction {
  return {
    name: 'aws-actions/configure-aws-credentials',
    fidelity: 'stand-in',
    run: async (call) => {
      const region = input(call, 'aws-region');
      if (region === '') throw new Error('Input required and not supplied: aws-region');
      if (!/^[a-z0-9-]+$/i.test(region)) throw new Error(`Region is not valid: ${region}`);
      const exported = booleanInput(call, 'output-env-credentials', true);
      if (exported) for (const name of ['AWS_DEFAULT_REGION', 'AWS_REGION']) call.exportEnv(name, region);
      const key = input(call, 'aws-access-key-id');
      if (key !== '') return staticKeys(call, key);
      const session = await assume(call, accounts);
      if (booleanInput(call, 'mask-aws-account-id', false)) call.addMask(session.account);
      const credentials = {
        'aws-access-key-id': session.accessKeyId,
        'aws-secret-access-key': session.secretAccessKey,
        'aws-session-token': session.sessionToken,
      };
      for (const value of Object.values(credentials)) call.addMask(value);
      if (exported)
        for (const [name, value] of Object.entries(credentials))
          call.exportEnv(name.toUpperCase().replaceAll('-', '_'), value);
      const shown = booleanInput(call, 'output-credentials', false)
        ? { ...credentials, 'aws-expiration': session.expiration }
        : {};
      return {
        conclusion: 'success',
        outputs: { 'aws-account-id': session.account, 'authenticated-arn': session.arn, ...shown },
        post: forget,
      };
    },
  };
}

async function assume(call: ActionCall, accounts: AwsAccounts): Promise<AwsSession> {
  const roleArn = input(call, 'role-to-assume');
  if (call.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] === undefined || roleArn === '') {
    if (roleArn !== '')
      call.log(
        'It looks like you might be trying to authenticate with OIDC. Did you mean to set the `id-token` permission? ' +
          'If you are not trying to authenticate with OIDC and the action is working successfully, you can ignore this message.',
      );
    throw new Error(noProvider);
  }
  if (!roleArn.startsWith('arn:aws'))
    throw new Error('Source Account ID is needed if the Role Name is provided and not the Role Arn.');
  call.log('Assuming role with OIDC');
  try {
    const session = accounts.assumeRole({
      roleArn,
      token: await idToken(call, input(call, 'audience', 'sts.amazonaws.com')),
      sessionName: input(call, 'role-session-name', 'GitHubActions'),
      seconds: Number(input(call, 'role-duration-seconds', '3600')),
    });
    call.log(
      session.judged
        ? `Authenticated as ${session.arn}: the trust policy of the role lets this job in`
        : `::warning::The lab has no trust policy for ${roleArn}: only the token's signature, issuer and audience were looked at. Give one with --aws-roles.`,
    );
    return session;
  } catch (error) {
    if (!(error instanceof AwsRefusal)) throw error;
    for (const reason of error.reasons) call.log(`The trust policy of ${roleArn} refuses: ${reason}`);
    throw new Error(`Could not assume role with OIDC: ${error.message}`, { cause: error });
  }
}

/** The job's token, from where `core.getIDToken` asks for it. */
async function idToken(call: ActionCall, audience: string): Promise<string> {
  const asked = new URL(call.env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '');
  asked.searchParams.set('audience', audience);
  const base = call.directGit ?? asked.origin;
  const response = await fetch(new URL(`${asked.pathname}${asked.search}`, base), {
    headers: { authorization: `Bearer ${call.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}` },
    signal: call.signal,
  });
  if (!response.ok) throw new Error(`getIDToken call failed: the issuer answered ${response.status}`);
  return ((await response.json()) as { value: string }).value;
}

/** Nothing tells whether AWS would know such keys: they are handed on, and it is said that nobody looked at them. */
function staticKeys(call: ActionCall, key: string): ActionResult {
  const secret = input(call, 'aws-secret-access-key');
  if (secret === '') throw new Error("'aws-secret-access-key' must be provided if 'aws-access-key-id' is provided");
  const role = input(call, 'role-to-assume');
  if (role !== '') throw new Error(`the lab's AWS assumes roles with OIDC only, not ${role} with access keys`);
  call.addMask(secret);
  call.exportEnv('AWS_ACCESS_KEY_ID', key);
  call.exportEnv('AWS_SECRET_ACCESS_KEY', secret);
  const token = input(call, 'aws-session-token');
  if (token !== '') {
    call.addMask(token);
    call.exportEnv('AWS_SESSION_TOKEN', token);
  }
  call.log('::warning::The lab cannot tell whether AWS knows these access keys: they are passed on unjudged.');
  return { conclusion: 'success', post: forget };
}

async function forget(call: ActionCall): Promise<void> {
  for (const name of variables) call.exportEnv(name, '');
}
