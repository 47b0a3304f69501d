import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchPack, type GitRemote, RemoteRefused, remoteRefs } from '../../../git/fetch-pack.ts';
import type { Git } from './checkout-git.ts';
import type { CheckoutSettings } from './checkout-settings.ts';
import type { CheckoutTarget } from './checkout-target.ts';

/**
 * The commonest fetches, into a repository that has nothing yet, without the processes that git needs for one: the
 * forge is on this machine, and asked from here for the same pack. What is left in the folder is what git leaves.
 * @returns undefined for all that git itself had better do, refusals and their words included
 */
export async function fetchDirectly(
  git: Git,
  settings: CheckoutSettings,
  { signal, log }: { readonly signal: AbortSignal; readonly log: (line: string) => void },
): Promise<CheckoutTarget | undefined> {
  const { commit, ref, depth, direct, folder, server, repository } = settings;
  const plain = settings.filter === '' && settings.sparse.length === 0 && settings.tags === 'none';
  const local = localRef(ref);
  if (direct === undefined || commit === '' || local === undefined || !plain) return undefined;
  const remote: GitRemote = { url: `${direct}/${repository}`, authorization: authorization(settings.token), signal };
  const own = join(folder, '.git');
  const packs = join(own, 'objects', 'pack');
  try {
    const refs = depth === 0 ? await everything(remote) : new Map<string, string>();
    const wants = [...new Set([...refs.values(), commit])];
    // The branch may have moved on since the event; a tag that has a message is an object of its own.
    if (!local.startsWith('refs/tags/') || !refs.has(local)) refs.set(local, commit);
    const { name, shallow } = await fetchPack(remote, { wants, depth, folder: packs });
    const indexed = ['-c', 'core.fsync=none', 'index-pack', '--threads=1', '-o', join(packs, `${name}.idx`)];
    await git([...indexed, join(packs, `${name}.pack`)], { unseen: true });
    if (shallow.length > 0) writeFileSync(join(own, 'shallow'), shallow.map((sha) => `${sha}\n`).join(''));
    writeFileSync(join(own, 'packed-refs'), [...refs].map(([name, sha]) => `${sha} ${name}\n`).join(''));
    writeFileSync(join(own, 'FETCH_HEAD'), `${commit}\t\t'${commit}' of ${server}/${repository}\n`);
  } catch (error) {
    if (signal.aborted) throw new Error('The operation was canceled.');
    if (error instanceof RemoteRefused) return undefined;
    throw error;
  }
  log(`From ${server}/${repository}`);
  log(` * [new ref]         ${commit} -> ${local.replace('refs/remotes/', '').replace('refs/tags/', '')}`);
  const branch = ref.startsWith('refs/heads/') ? ['-B', ref.slice('refs/heads/'.length)] : [];
  return { ref, checkout: [...branch, local] };
}

/** Where the working copy keeps a ref of the remote's. */
function localRef(ref: string): string | undefined {
  if (ref.startsWith('refs/heads/')) return `refs/remotes/origin/${ref.slice('refs/heads/'.length)}`;
  if (ref.startsWith('refs/pull/')) return `refs/remotes/pull/${ref.slice('refs/pull/'.length)}`;
  return ref.startsWith('refs/tags/') ? ref : undefined;
}

async function everything(remote: GitRemote): Promise<Map<string, string>> {
  const found = await remoteRefs(remote, ['refs/heads/', 'refs/tags/']);
  return new Map([...found].map(([name, sha]) => [localRef(name) ?? name, sha]));
}

export const authorization = (token: string): string =>
  `basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
