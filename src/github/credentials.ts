import { TrunklineError } from '../errors.ts';

export type Credentials =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'app'; readonly appId: string; readonly privateKey: string };

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Who the command acts as: TRUNKLINE_TOKEN, else the App of TRUNKLINE_APP_ID and TRUNKLINE_APP_KEY, else GITHUB_TOKEN
 * or GH_TOKEN. `job`: the job's own token first, for what a job may do by itself.
 * @throws INPUT_INVALID
 */
export function readCredentials(env: Env, prefer: 'delivery' | 'job' = 'delivery'): Credentials {
  const own = tokenOf(env['GITHUB_TOKEN']) ?? tokenOf(env['GH_TOKEN']);
  const found = prefer === 'job' ? (own ?? deliveryCredentials(env)) : (deliveryCredentials(env) ?? own);
  if (found !== undefined) return found;
  throw new TrunklineError('INPUT_INVALID', 'expected credentials for GitHub in the environment, found none', {
    hint: 'set TRUNKLINE_APP_ID and TRUNKLINE_APP_KEY (an App), TRUNKLINE_TOKEN, or GITHUB_TOKEN',
  });
}

/** The App's or TRUNKLINE_TOKEN, where the environment has them whole. @throws INPUT_INVALID for half an App */
export function deliveryCredentials(env: Env): Credentials | undefined {
  const token = tokenOf(env['TRUNKLINE_TOKEN']);
  if (token !== undefined) return token;
  const [appId, key] = [env['TRUNKLINE_APP_ID'] ?? '', env['TRUNKLINE_APP_KEY'] ?? ''];
  if (appId === '' && key === '') return undefined;
  if (appId === '' || !key.includes('PRIVATE KEY')) {
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected ${appId === '' ? 'TRUNKLINE_APP_ID' : 'a private key in PEM in TRUNKLINE_APP_KEY'}, found none`,
      {
        hint: 'an App needs both; secrets of an environment are only there for jobs that name the environment',
      },
    );
  }
  // Kept on one line by some secret stores.
  return { kind: 'app', appId, privateKey: key.replaceAll('\\n', '\n') };
}

function tokenOf(text: string | undefined): Credentials | undefined {
  return text === undefined || text === '' ? undefined : { kind: 'token', token: text };
}
