import type { Forge } from '../forge.ts';
import { fullNameOf } from '../permissions.ts';
import type { Hook, HookDelivery } from '../rows.ts';

/** A hook as its routes and its ping show it; never its secret. */
export function presentHook(forge: Forge, hook: Hook) {
  const { api, type } = placeOf(forge, hook);
  const url = `${api}/hooks/${hook.id}`;
  const last = forge.store.hookDeliveries.by('hook', hook.id).findLast((one) => one.state === 'done');
  return {
    type,
    id: hook.id,
    name: 'web',
    active: hook.active,
    events: [...hook.events],
    config: presentHookConfig(hook),
    updated_at: hook.updatedAt,
    created_at: hook.createdAt,
    url,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    ...(hook.scope === 'repository'
      ? {
          test_url: `${url}/test`,
          last_response: {
            code: last === undefined || last.statusCode === 0 ? null : last.statusCode,
            status:
              last === undefined ? 'unused' : last.statusCode < 300 && last.statusCode > 0 ? 'active' : 'inactive',
            message: last?.status ?? null,
          },
        }
      : {}),
  };
}

export function presentHookConfig(hook: Hook) {
  return {
    content_type: hook.contentType,
    insecure_ssl: hook.insecureSsl ? '1' : '0',
    url: hook.url,
    ...(hook.secret === null ? {} : { secret: '********' }),
  };
}

function placeOf(forge: Forge, hook: Hook): { readonly api: string; readonly type: string } {
  const { store, urls } = forge;
  if (hook.scope === 'organization')
    return { api: `${urls.api}/orgs/${store.accounts.get(hook.scopeId)?.login ?? ''}`, type: 'Organization' };
  if (hook.scope === 'app') return { api: `${urls.api}/app`, type: 'App' };
  const repository = store.repositories.get(hook.scopeId);
  const name = repository === undefined ? '' : fullNameOf(forge, repository);
  return { api: `${urls.api}/repos/${name}`, type: 'Repository' };
}

export function presentDelivery(delivery: HookDelivery) {
  const { id, guid, at, redelivery, seconds, status, statusCode, event, action } = delivery;
  return {
    id,
    guid,
    delivered_at: at,
    redelivery,
    duration: seconds,
    status,
    status_code: statusCode,
    event,
    action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

export function presentWholeDelivery(hook: Hook, delivery: HookDelivery) {
  return {
    ...presentDelivery(delivery),
    url: hook.url,
    request: { headers: delivery.requestHeaders, payload: delivery.payload },
    response: { headers: delivery.responseHeaders, payload: delivery.responseBody },
  };
}
