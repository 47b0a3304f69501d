import { resultsHost, runtimeHost } from './results/runtime-token.ts';
import { blobHost } from './results/signed-url.ts';

/** GitHub's hosts for jobs, besides the API: artifacts and caches, their bytes, and the issuer of OIDC tokens. */
export const actionsHosts: readonly string[] = [
  resultsHost,
  runtimeHost,
  blobHost,
  'token.actions.githubusercontent.com',
];
