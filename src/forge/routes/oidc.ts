import { issuer, jwks, mintIdToken, readClaims } from '../actions/id-token.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';

/** The issuer of jobs' OIDC tokens: where a job asks for one, and what verifiers read. */
export function oidcRoutes(app: ForgeApp, forge: Forge): void {
  app.get('/actions/id-token', (c) => {
    const { token } = c.get('identity');
    const jobId = token?.permissions?.['id_token'] === 'write' ? token.jobId : undefined;
    const requester = readClaims(forge, c.req.query('claims') ?? '', jobId);
    if (requester === undefined) throw new ApiError(401, 'Requires authentication');
    const audience = c.req.query('audience') ?? `${forge.urls.html}/${String(requester['repository_owner'])}`;
    return c.json({ value: mintIdToken(forge, requester, audience) });
  });
  app.get('/.well-known/jwks', (c) => c.json(jwks(forge)));
  app.get('/.well-known/openid-configuration', (c) =>
    c.json({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks`,
      subject_types_supported: ['public', 'pairwise'],
      response_types_supported: ['id_token'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid'],
    }),
  );
}
