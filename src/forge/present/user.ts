import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import type { Account } from '../rows.ts';
import { presentAccount } from './account.ts';

/** An account as `GET /users/{username}` shows it. */
export function presentUser(forge: Forge, account: Account): components['schemas']['public-user'] {
  const { name: _name, email: _email, ...simple } = presentAccount(forge, account);
  return {
    ...simple,
    name: account.name,
    company: null,
    blog: '',
    location: null,
    email: account.email,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: forge.store.repositories.by('owner', account.id).filter((one) => !one.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: account.createdAt,
    updated_at: account.createdAt,
  };
}
