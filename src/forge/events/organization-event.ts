import type { Forge } from '../forge.ts';
import { raiseHooks } from '../hooks/raise-hooks.ts';
import type { Identity } from '../http.ts';
import { presentAccount } from '../present/account.ts';
import { presentInstallation } from '../present/app.ts';
import { presentOrganizationSimple } from '../present/organization.ts';
import { presentRepositoryName } from '../present/repository.ts';
import type { Installation } from '../rows.ts';

type Json = Readonly<Record<string, unknown>>;

/** What happens to an organisation itself: its webhooks and Apps are told, no workflow is. Inside a transaction. */
export function raiseOrganizationEvent(
  forge: Forge,
  identity: Identity,
  organizationId: number,
  name: string,
  particulars: () => Json,
): void {
  const organization = forge.store.accounts.get(organizationId);
  if (organization?.type !== 'Organization') return;
  const payload = (): Json => ({
    ...particulars(),
    organization: presentOrganizationSimple(forge, organization),
    sender: presentAccount(forge, identity.account),
  });
  raiseHooks(forge, { name, organizationId, payload });
}

/** What happens to an installation: its App alone is told. Inside a transaction. */
export function raiseInstallationEvent(
  forge: Forge,
  identity: Identity,
  installation: Installation,
  action: 'created' | 'deleted' | 'suspend' | 'unsuspend',
): void {
  const { store } = forge;
  const payload = (): Json => {
    const repositories = store.repositories
      .by('owner', installation.accountId)
      .filter((one) => installation.repositoryIds === 'all' || installation.repositoryIds.includes(one.id))
      .map((one) => presentRepositoryName(forge, one));
    const requester = action === 'created' ? { requester: null } : {};
    return {
      action,
      installation: presentInstallation(forge, installation),
      repositories,
      ...requester,
      sender: presentAccount(forge, identity.account),
    };
  };
  raiseHooks(forge, { name: 'installation', installation, payload });
}
