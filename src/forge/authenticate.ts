import { verify } from 'node:crypto';
import type { Forge } from './forge.ts';
import { ApiError, type Identity } from './http.ts';
import { findToken } from './tokens.ts';
import { words } from './words.ts';

/** Longest life of an App's JWT, and how far clocks may differ, in seconds (docs.github.com, "Generating a JSON Web Token"). */
const longest = 600;
const skew = 60;

/** The forge itself: for consequences that no request asked for. */
export const systemIdentity: Identity = { kind: 'system' };

/**
 * Who an Authorization header speaks for: `token`, `Bearer`, or the password of `Basic`.
 * @throws ApiError 401 when the credential is unknown, expired, revoked or forged.
 */
export function authenticate(forge: Forge, header: string | undefined): Identity {
  const credential = readCredential(header);
  if (credential === undefined) return { kind: 'anonymous' };
  if (credential.split('.').length === 3) return authenticateApp(forge, credential);
  const identity = identityOfToken(forge, credential);
  if (identity?.installation?.suspendedAt !== undefined) throw new ApiError(403, words.suspended());
  if (identity === undefined) throw new ApiError(401, words.badCredentials());
  return identity;
}

/** The identity behind a token's text, as a request with it would have it. */
export function identityOfToken(forge: Forge, text: string): Identity | undefined {
  const token = findToken(forge, text);
  const account = token === undefined ? undefined : forge.store.accounts.get(token.accountId);
  if (token === undefined || account === undefined) return undefined;
  if (token.kind === 'classic' || token.kind === 'fine-grained') return { kind: 'user', account, token };
  const appId = token.appId === undefined ? {} : { appId: token.appId };
  if (token.kind === 'job') return { kind: 'job', account, token, ...appId };
  const installation = forge.store.installations.get(token.installationId ?? 0);
  return installation === undefined ? undefined : { kind: 'installation', account, token, installation, ...appId };
}

function readCredential(header: string | undefined): string | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const match = /^(token|bearer|basic)\s+(\S+)\s*$/i.exec(header);
  if (match?.[1] === undefined || match[2] === undefined) throw new ApiError(401, words.badCredentials());
  if (match[1].toLowerCase() !== 'basic') return match[2];
  const text = Buffer.from(match[2], 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const password = text.slice(colon + 1);
  const credential = password === '' || password === 'x-oauth-basic' ? text.slice(0, colon) : password;
  return credential === '' ? undefined : credential;
}

function authenticateApp(forge: Forge, jwt: string): Identity {
  const undecodable = new ApiError(401, words.undecodableToken());
  const [head = '', body = '', signature = ''] = jwt.split('.');
  const header = readJson(head);
  const claims = readJson(body);
  if (header === undefined || claims === undefined || header['alg'] !== 'RS256') throw undecodable;
  const app = forge.store.apps.get(Number(claims['iss']));
  // Actions' own App has no key that anybody could hold.
  if (app === undefined || app.publicKey === '') throw new ApiError(401, words.withoutKey());
  const signed = Buffer.from(`${head}.${body}`);
  if (!verify('RSA-SHA256', signed, app.publicKey, Buffer.from(signature, 'base64url'))) throw undecodable;
  checkTimes(claims['iat'], claims['exp'], Math.floor(forge.clock.now() / 1000));
  return { kind: 'app-jwt', appId: app.id };
}

function checkTimes(iat: unknown, exp: unknown, now: number): void {
  if (typeof iat !== 'number' || !Number.isInteger(iat) || iat > now + skew) {
    throw new ApiError(401, words.issuedAt());
  }
  if (typeof exp !== 'number' || exp <= now) {
    throw new ApiError(401, words.expiration());
  }
  if (exp > now + longest + skew) {
    throw new ApiError(401, words.expirationTooFar());
  }
}

function readJson(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
