import { TrunklineError } from '../errors.ts';
import type { Ports } from '../ports.ts';

export interface IdentityToken {
  readonly jwt: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The job's OIDC token for an audience. @throws PERMISSION_MISSING where the job may not have one */
export async function requestIdentityToken(
  { env, fetch }: Pick<Ports, 'env' | 'fetch'>,
  audience: string,
): Promise<IdentityToken> {
  const [url, bearer] = [env['ACTIONS_ID_TOKEN_REQUEST_URL'], env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']];
  if (url === undefined || bearer === undefined || url === '' || bearer === '') {
    throw new TrunklineError('PERMISSION_MISSING', 'expected a job that may ask for an OIDC token, found none', {
      hint: 'add to the job: permissions: { id-token: write }',
    });
  }
  const target = new URL(url);
  target.searchParams.set('audience', audience);
  const response = await fetch(target, { headers: { authorization: `Bearer ${bearer}`, accept: 'application/json' } });
  const body = (await response.json().catch(() => ({}))) as { value?: unknown };
  if (!response.ok || typeof body.value !== 'string') {
    throw new TrunklineError(
      'SIGNING_FAILED',
      `expected an OIDC token of this job, found ${response.status} from ${target.host}`,
    );
  }
  return { jwt: body.value, claims: claimsOf(body.value) };
}

function claimsOf(jwt: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    throw new TrunklineError(
      'SIGNING_FAILED',
      'expected a JSON web token from this job’s issuer, found something else',
    );
  }
}
