import { type ActionCall, type BuiltInAction, booleanInput, input } from '../../runner/actions/action.ts';
import type { AwsAccounts } from '../aws/aws-accounts.ts';
import { ecrHost } from '../aws/aws-listener.ts';
import { keepLogin } from './docker-config.ts';

/** docker/login-action: tries the credentials at the registry, keeps them for the job, forgets them at its end. */
export function loginAction(fetch: typeof globalThis.fetch, aws: AwsAccounts): BuiltInAction {
  return {
    name: 'docker/login-action',
    fidelity: 'stand-in',
    run: async (call) => {
      const registry = input(call, 'registry', 'registry-1.docker.io')
        .replace(/^https?:\/\//, '')
        .replace(/\/$/, '');
      const { username, password } = credentials(call, registry, aws);
      call.addMask(password);
      call.log(`Logging into ${registry}...`);
      const refusal = await tryLogin(fetch, registry, username, password);
      if (refusal !== undefined)
        throw new Error(`Error response from daemon: Get "https://${registry}/v2/": ${refusal}`);
      await keepLogin(call, registry, { username, password });
      call.log('Login Succeeded!');
      if (!booleanInput(call, 'logout', true)) return { conclusion: 'success' };
      return { conclusion: 'success', post: (later) => keepLogin(later, registry, undefined) };
    },
  };
}

/** At ECR the action takes keys of AWS, given or from the environment, and asks ECR for the password. */
function credentials(
  call: ActionCall,
  registry: string,
  aws: AwsAccounts,
): { readonly username: string; readonly password: string } {
  const username = input(call, 'username');
  const password = input(call, 'password');
  const ecr = input(call, 'ecr', 'auto').toLowerCase();
  if (ecr === 'true' || (ecr === 'auto' && ecrHost.test(registry))) {
    const key = username === '' ? (call.env['AWS_ACCESS_KEY_ID'] ?? '') : username;
    if (key === '') throw new Error('Could not load credentials from any providers');
    const session = aws.session(key);
    if (session === undefined) throw new Error('The security token included in the request is invalid.');
    return { username: 'AWS', password: aws.registryPassword(session) };
  }
  if (username === '' && password === '') throw new Error('Username and password required');
  if (username === '') throw new Error('Username required');
  if (password === '') throw new Error('Password required');
  return { username, password };
}

async function tryLogin(
  fetch: typeof globalThis.fetch,
  registry: string,
  username: string,
  password: string,
): Promise<string | undefined> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const ping = await fetch(`https://${registry}/v2/`);
  await ping.body?.cancel();
  if (ping.ok) return undefined;
  const realm = /^bearer\s.*realm="([^"]+)"/i.exec(ping.headers.get('www-authenticate') ?? '')?.[1];
  const url = realm === undefined || !URL.canParse(realm) ? new URL(`https://${registry}/v2/`) : new URL(realm);
  const answer = await fetch(url, { headers: { authorization } });
  await answer.body?.cancel();
  return answer.ok ? undefined : `denied: denied (${answer.status})`;
}
