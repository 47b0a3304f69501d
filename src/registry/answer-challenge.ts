import { TrunklineError } from '../errors.ts';
import { isLoopback } from './loopback.ts';
import type { Credentials } from './registry-client.ts';
import { registryFailure } from './registry-failure.ts';

/** What a registry wants to be shown, of `WWW-Authenticate`. */
interface Challenge {
  readonly scheme: string;
  /** By name, in small letters. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Every challenge of a header (RFC 9110 §11.6.1): several may stand in one, and values with or without quotes. */
export function readChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const token = "[\\w!#$%&'*+.^`|~-]+";
  const parts = new RegExp(`(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,"]*))|(${token})`, 'g');
  for (const [, name, quoted, bare, scheme] of header.matchAll(parts)) {
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else if (name !== undefined)
      challenges.at(-1)?.parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '');
  }
  return challenges;
}

/**
 * Basic credentials as they are, or the bearer token that they buy; undefined where there are none to give. `origin` is the
 * registry's: what is said to it in secret is told nobody in clear. @throws REGISTRY_FAILED
 */
export async function answerChallenge(
  header: string,
  { credentials, scopes, origin, fetch }: Asked,
): Promise<string | undefined> {
  const challenges = readChallenges(header);
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer')?.parameters;
  if (bearer === undefined) return basicOf(credentials);
  const realm = bearer.get('realm') ?? '';
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && !isLoopback(url.host)))
    throw new TrunklineError(
      'REGISTRY_FAILED',
      `expected ${new URL(origin).host} to name where its tokens come from, by https, found "${realm}"`,
    );
  const said = (bearer.get('scope') ?? '').split(' ').filter((one) => one !== '');
  const wanted = [...new Set([...scopes, ...said])];
  const service = bearer.get('service');
  const response = await requestToken(url, credentials, wanted, service, fetch);
  if (!response.ok) throw await registryFailure(response, `a token of ${url.host}`);
  const body = (await response.json().catch(() => ({}))) as { token?: unknown; access_token?: unknown } | null;
  const token = body?.token ?? body?.access_token;
  if (typeof token === 'string') return `Bearer ${token}`;
  throw new TrunklineError('REGISTRY_FAILED', `expected a token of ${url.host}, found an answer without one`);
}

interface Asked {
  readonly credentials: Credentials | undefined;
  readonly scopes: readonly string[];
  readonly origin: string;
  readonly fetch: typeof globalThis.fetch;
}

/** By name and password, or, where docker keeps a token instead, as OAuth 2 has it (distribution, docs/spec/auth/oauth.md). */
function requestToken(
  realm: URL,
  credentials: Credentials | undefined,
  scopes: readonly string[],
  service: string | undefined,
  fetch: Asked['fetch'],
): Promise<Response> {
  if (credentials?.identityToken !== undefined) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'trunkline',
      refresh_token: credentials.identityToken,
      scope: scopes.join(' '),
      ...(service === undefined ? {} : { service }),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return fetch(realm, { method: 'POST', headers, body: form.toString() });
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const basic = basicOf(credentials);
  return fetch(url, basic === undefined ? {} : { headers: { authorization: basic } });
}

function basicOf(credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined || credentials.identityToken !== undefined) return undefined;
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}
