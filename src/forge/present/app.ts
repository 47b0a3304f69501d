import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import type { App, Installation } from '../rows.ts';
import { presentAccount, presentAccountById } from './account.ts';

export function presentApp(forge: Forge, app: App): NonNullable<components['schemas']['integration']> {
  return {
    id: app.id,
    client_id: `Iv1.${app.id.toString(16).padStart(16, '0')}`,
    slug: app.slug,
    node_id: nodeId('App', app.id),
    owner: presentAccountById(forge, app.ownerId),
    name: app.name,
    description: '',
    external_url: `${forge.urls.html}/apps/${app.slug}`,
    html_url: `${forge.urls.html}/apps/${app.slug}`,
    created_at: app.createdAt,
    updated_at: app.createdAt,
    permissions: { ...app.permissions },
    events: [...(app.events ?? [])],
  };
}

export function presentInstallation(forge: Forge, installation: Installation): components['schemas']['installation'] {
  const account = forge.store.accounts.get(installation.accountId);
  const login = account?.login ?? '';
  const path = account?.type === 'Organization' ? `organizations/${login}/settings` : 'settings';
  return {
    id: installation.id,
    account: presentAccount(forge, account),
    repository_selection: installation.repositoryIds === 'all' ? 'all' : 'selected',
    access_tokens_url: `${forge.urls.api}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${forge.urls.api}/installation/repositories`,
    html_url: `${forge.urls.html}/${path}/installations/${installation.id}`,
    app_id: installation.appId,
    app_slug: forge.store.apps.get(installation.appId)?.slug ?? '',
    target_id: installation.accountId,
    target_type: account?.type === 'Organization' ? 'Organization' : 'User',
    permissions: { ...installation.permissions } as components['schemas']['app-permissions'],
    events: [...(forge.store.apps.get(installation.appId)?.events ?? [])],
    created_at: installation.createdAt,
    updated_at: installation.createdAt,
    single_file_name: null,
    suspended_at: installation.suspendedAt ?? null,
    suspended_by:
      installation.suspendedById === undefined
        ? null
        : presentAccount(forge, forge.store.accounts.get(installation.suspendedById)),
  };
}
