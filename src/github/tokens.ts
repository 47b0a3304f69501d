import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { RequestError } from '@octokit/request-error';
import { TrunklineError } from '../errors.ts';
import type { ClientOptions } from './client.ts';
import { messageOf } from './message-of.ts';

type Mint = () => Promise<string>;

/**
 * What requests are authorised by. An App has an installation, and so a token, for each owner: `about` names a repository
 * as `owner/name`, and the installation there is asked for where it is not the home's. Where the App is not installed there,
 * the home's token has to do: it reads what is public.
 */
export function createTokens({
  apiUrl,
  credentials,
  ports,
  repository: home,
}: Pick<ClientOptions, 'apiUrl' | 'credentials' | 'ports' | 'repository'>): (about?: string) => Promise<string> {
  if (credentials.kind === 'token') return () => Promise.resolve(credentials.token);
  const { appId, privateKey } = credentials;
  const request = new Octokit({
    baseUrl: apiUrl.replace(/\/$/, ''),
    request: { fetch: ports.fetch, signal: ports.interrupted },
  }).request;
  const open = async (repository: string): Promise<Mint> => {
    const auth = createAppAuth({ appId, privateKey, request });
    const [owner = '', repo = ''] = repository.split('/');
    const { token } = await auth({ type: 'app' });
    const { data } = await request('GET /repos/{owner}/{repo}/installation', {
      owner,
      repo,
      headers: { authorization: `bearer ${token}` },
    });
    return async () => (await auth({ type: 'installation', installationId: data.id })).token;
  };
  const mints = new Map<string, Promise<Mint>>();
  const mint = async (repository: string): Promise<string> => {
    const owner = ownerOf(repository);
    try {
      const opened = mints.get(owner) ?? open(repository);
      mints.set(owner, opened);
      return await (await opened)();
    } catch (error) {
      mints.delete(owner);
      throw new TrunklineError(
        'GITHUB_REFUSED',
        `expected App ${appId} to be installed on ${repository}: ${messageOf(error)}`,
        { hint: 'check TRUNKLINE_APP_ID and TRUNKLINE_APP_KEY, and that the App is installed there', cause: error },
      );
    }
  };
  const foreign = new Set<string>();
  return async (about = home) => {
    if (ownerOf(about) === ownerOf(home) || foreign.has(about)) return mint(home);
    try {
      return await mint(about);
    } catch (error) {
      if (!(error instanceof TrunklineError && error.cause instanceof RequestError && error.cause.status === 404))
        throw error;
      foreign.add(about);
      return mint(home);
    }
  };
}

function ownerOf(repository: string): string {
  return repository.split('/')[0]?.toLowerCase() ?? '';
}
