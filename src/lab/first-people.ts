import type { Lab } from './lab.ts';

export interface FirstPeople {
  readonly login: string;
  readonly token: string;
  /** A token of each, alice's included. */
  readonly tokens: Readonly<Record<string, string>>;
}

const scopes = ['repo', 'workflow', 'admin:org', 'write:packages', 'delete_repo'];

/**
 * Peoples a lab: the organisation acme with alice (its owner), bob and carol. Said again it makes what is missing, since
 * a lab may be killed in between.
 */
export function firstPeople(lab: Lab): FirstPeople {
  const { store } = lab.forge.forge;
  const missing = (login: string): boolean => store.accounts.by('login', login).length === 0;
  const people = ['alice', 'bob', 'carol'] as const;
  for (const login of people) if (missing(login)) lab.admin.createUser(login);
  if (missing('acme')) lab.admin.createOrganization('acme', { admins: ['alice'], members: ['bob', 'carol'] });
  const tokens = Object.fromEntries(people.map((login) => [login, lab.admin.createToken(login, { scopes })]));
  return { login: 'alice', token: tokens['alice'] ?? '', tokens };
}
