import type { Forge } from './forge.ts';
import type { Identity } from './http.ts';
import type { Actor } from './rows.ts';

/** What is kept of an identity for work that outlives its request. */
export function actorOf(identity: Identity, otherwise: number): Actor {
  const kind = identity.kind === 'anonymous' || identity.kind === 'app-jwt' ? 'system' : identity.kind;
  const appId = identity.appId === undefined ? {} : { appId: identity.appId };
  return { kind, accountId: identity.account?.id ?? otherwise, ...appId };
}

/** The identity of an actor: without a token, so only for work that was allowed when it was asked for. */
export function identityOfActor(forge: Forge, actor: Actor): Identity {
  const account = forge.store.accounts.get(actor.accountId);
  const installation =
    actor.kind === 'installation'
      ? forge.store.installations.by('app', actor.appId ?? 0).find((one) => one.appId === actor.appId)
      : undefined;
  return {
    kind: actor.kind,
    ...(account === undefined ? {} : { account }),
    ...(installation === undefined ? {} : { installation }),
    ...(actor.appId === undefined ? {} : { appId: actor.appId }),
  };
}
