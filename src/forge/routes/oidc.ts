import { issuer, mintIdToken, readClaims } from '../actions/id-token.ts';
import { jwks } from '../actions/jwt.ts';
import { subjectClaims, subjectPrefix } from '../actions/oidc-subject.ts';
import { optionalFlag, optionalTexts, readBody } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { fullNameOf } from '../permissions.ts';
import type { OidcSubject, Repository } from '../rows.ts';
import { words } from '../words.ts';
import { atOrganization } from './at-organization.ts';
import { atRepository } from './at-repository.ts';

/** The issuer of jobs' OIDC tokens: where a job asks for one, what verifiers read, and how subjects are made. */
export function oidcRoutes(app: ForgeApp, forge: Forge): void {
  app.get('/actions/id-token', (c) => {
    const { token } = c.get('identity');
    const jobId = token?.permissions?.['id_token'] === 'write' ? token.jobId : undefined;
    const requester = readClaims(forge, c.req.query('claims') ?? '', jobId);
    if (requester === undefined) throw new ApiError(401, 'Requires authentication');
    const audience = c.req.query('audience') ?? `${forge.urls.html}/${String(requester['repository_owner'])}`;
    return c.json({ count: 1, value: mintIdToken(forge, requester, audience) });
  });
  app.get('/.well-known/jwks', (c) => c.json(jwks(forge)));
  app.get('/.well-known/openid-configuration', (c) =>
    c.json({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks`,
      subject_types_supported: ['public', 'pairwise'],
      response_types_supported: ['id_token'],
      claims_supported: [
        ...['sub', 'aud', 'exp', 'iat', 'iss', 'jti', 'nbf', 'check_run_id', 'environment', 'environment_node_id'],
        ...[...subjectClaims].filter((name) => !['repo', 'context', 'environment'].includes(name)),
        'ref_protected',
      ],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid'],
    }),
  );
  repositorySubject(app, forge);
  organizationSubject(app, forge);
}

function repositorySubject(app: ForgeApp, forge: Forge): void {
  const path = '/repos/:owner/:repo/actions/oidc/customization/sub';
  app.get(path, (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    const own = repository.oidcSubject;
    const organization = forge.store.accounts.get(repository.ownerId)?.oidcSubject;
    const immutable = own?.immutable ?? organization?.immutable ?? false;
    return c.json({
      use_default: own?.useDefault ?? true,
      ...(own?.claimKeys === undefined ? {} : { include_claim_keys: own.claimKeys }),
      use_immutable_subject: immutable,
      sub_claim_prefix: prefix(forge, repository, immutable),
    });
  });
  app.put(path, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'write', 'admin');
    const body = await readBody(c);
    const useDefault = optionalFlag(body, 'use_default');
    if (useDefault === undefined) throw new ApiError(422, 'Invalid request.\n\n"use_default" wasn\'t supplied.');
    const claimKeys = useDefault ? undefined : readKeys(optionalTexts(body, 'include_claim_keys'));
    const oidcSubject = subject({ useDefault }, claimKeys, optionalFlag(body, 'use_immutable_subject'));
    forge.store.transaction(() => forge.store.repositories.put({ ...repository, oidcSubject }));
    return c.json({}, 201);
  });
}

function organizationSubject(app: ForgeApp, forge: Forge): void {
  const path = '/orgs/:org/actions/oidc/customization/sub';
  app.get(path, (c) => {
    const organization = atOrganization(forge, c);
    const { claimKeys, immutable } = organization.oidcSubject ?? {};
    return c.json({
      include_claim_keys: claimKeys ?? ['repo', 'context'],
      ...(immutable === undefined ? {} : { use_immutable_subject: immutable }),
    });
  });
  app.put(path, async (c) => {
    const organization = atOrganization(forge, c);
    const body = await readBody(c);
    const keys = readKeys(optionalTexts(body, 'include_claim_keys'));
    const oidcSubject = subject({}, keys, optionalFlag(body, 'use_immutable_subject'));
    forge.store.transaction(() => forge.store.accounts.put({ ...organization, oidcSubject }));
    return c.json({}, 201);
  });
}

function subject(
  base: Pick<OidcSubject, 'useDefault'>,
  claimKeys: readonly string[] | undefined,
  immutable: boolean | undefined,
): OidcSubject {
  return {
    ...base,
    ...(claimKeys === undefined ? {} : { claimKeys }),
    ...(immutable === undefined ? {} : { immutable }),
  };
}

/** @throws ApiError 422 for a claim that a subject cannot be made of */
function readKeys(keys: readonly string[] | undefined): readonly string[] | undefined {
  const wrong = keys?.find((key) => !subjectClaims.has(key));
  if (wrong !== undefined) throw new ApiError(422, words.invalidRequest(words.noClaimKey(wrong)));
  return keys === undefined || keys.length === 0 ? undefined : [...new Set(keys)];
}

function prefix(forge: Forge, repository: Repository, immutable: boolean): string {
  const fullName = fullNameOf(forge, repository);
  const claims = {
    repository: fullName,
    repository_id: repository.id,
    repository_owner: fullName.split('/')[0],
    repository_owner_id: repository.ownerId,
  };
  return subjectPrefix(claims, immutable);
}
