import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { refMoved } from '../ref-moved.ts';
import type { RefIntent } from '../rows.ts';
import { readRef, zeroSha } from './refs.ts';
import { clearQuarantines, completeRepositories, repositoryFolder } from './repository-folder.ts';

/** Settles the moves that a killed forge left half done: git says which of them happened. Called once, on opening. */
export async function settleRefIntents(forge: Forge): Promise<void> {
  await completeRepositories(forge, forge.store.repositories.values());
  await clearQuarantines(forge);
  const { store } = forge;
  for (const intent of [...store.refIntents.values()]) {
    const repository = store.repositories.get(intent.repositoryId);
    const folder = repositoryFolder(forge, intent.repositoryId);
    // A git that was killed with us leaves its locks, which would stop every later move.
    for (const name of [intent.ref, 'packed-refs']) rmSync(join(folder, `${name}.lock`), { force: true });
    const moved = (readRef(folder, intent.ref) ?? zeroSha) === intent.after;
    store.transaction(() => {
      store.refIntents.delete(intent.id);
      if (!moved || repository === undefined) return;
      const { ref, before, after } = intent;
      refMoved(forge, { repository, ref, before, after, identity: identityOf(forge, intent) });
    });
  }
}

function identityOf(forge: Forge, intent: RefIntent): Identity {
  const account = forge.store.accounts.get(intent.actorId);
  const kind = { job: 'job', installation: 'installation', system: 'system', classic: 'user', 'fine-grained': 'user' };
  return {
    kind: kind[intent.tokenKind] as Identity['kind'],
    ...(account === undefined ? {} : { account }),
    ...(intent.appId === undefined ? {} : { appId: intent.appId }),
  };
}
