import { TrunklineError } from '../errors.ts';
import type { Ports } from '../ports.ts';

export interface IdentityToken {
  readonly jwt: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * The job's OIDC token for an audience; by hand, the one that a person got of an issuer that the instance knows, in
 * SIGSTORE_ID_TOKEN as cosign takes it.
 * @throws PERMISSION_MISSING where there is neither
 */
export async function requestIdentityToken(
  { env, fetch }: Pick<Ports, 'env' | 'fetch'>,
  audience: string,
): Promise<IdentityToken> {
  const [url, bearer] = [env['ACTIONS_ID_TOKEN_REQUEST_URL'], env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']];
  if (url === undefined || bearer === undefined || url === '' || bearer === '') {
    const own = env['SIGSTORE_ID_TOKEN'] ?? '';
    if (own !== '' && env['GITHUB_ACTIONS'] !== 'true') return { jwt: own, claims: claimsOf(own) };
    throw new TrunklineError('PERMISSION_MISSING', 'expected a job that may ask for an OIDC token, found none', {
      hint: 'add to the job: permissions: { id-token: write }; by hand, put the token of an issuer such as https://oauth2.sigstore.dev/auth into SIGSTORE_ID_TOKEN',
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
    throw new TrunklineError('SIGNING_FAILED', 'expected a JSON web token from the issuer, found something else');
  }
}

/** Whether it was issued to a job of GitHub's. */
export function isJob({ claims }: IdentityToken): boolean {
  return typeof claims['job_workflow_ref'] === 'string';
}

/** In whose name a token signs: a job's is its workflow's, a person's their address. */
export function signerOf(token: IdentityToken): string {
  const { job_workflow_ref: workflow, email, sub } = token.claims;
  return isJob(token) ? `https://github.com/${String(workflow)}` : String(email ?? sub ?? 'somebody');
}

/** @throws INPUT_INVALID where a person's token is to say what only a job knows */
export function requireJob(token: IdentityToken, what: string): void {
  if (isJob(token)) return;
  throw new TrunklineError('INPUT_INVALID', `expected the token of a job for ${what}, found a person’s`, {
    hint: 'by hand, sign and attest what you looked at yourself: trunkline ci sign, or attest --type spdx --predicate FILE',
  });
}
