import { relative, resolve } from 'node:path';
import { type ActionCall, input, majorOf } from '../action.ts';
import { refuseForkCheckout } from './refuse-fork-checkout.ts';

/** The inputs of actions/checkout, resolved. */
export interface CheckoutSettings {
  readonly repository: string;
  readonly ref: string;
  readonly commit: string;
  readonly folder: string;
  readonly depth: number;
  /** `followed`: those of the commits that are fetched. */
  readonly tags: 'none' | 'followed' | 'all';
  readonly filter: string;
  readonly sparse: readonly string[];
  readonly cone: boolean;
  readonly clean: boolean;
  readonly persist: boolean;
  readonly submodules: 'none' | 'direct' | 'recursive';
  readonly token: string;
  readonly server: string;
  /** Where git reaches the server without TLS. */
  readonly direct: string | undefined;
}

/** @throws Error for inputs that cannot be met */
export function readSettings(call: ActionCall): CheckoutSettings {
  const own = String(call.github['repository'] ?? '');
  const repository = input(call, 'repository', own);
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw new Error(`Invalid repository '${repository}'. Expected format {owner}/{repo}.`);
  }
  if (input(call, 'ssh-key') !== '') throw new Error('The input ssh-key is not supported here; pass a token');
  if (isTrue(call, 'lfs', false))
    throw new Error('The input lfs is not supported here: the lab keeps no large files; run the step on GitHub');
  const folder = resolve(call.workspace, input(call, 'path', '.'));
  if (relative(call.workspace, folder).startsWith('..')) {
    throw new Error(`Repository path '${folder}' is not under '${call.workspace}'`);
  }
  const server = input(call, 'github-server-url', String(call.github['server_url'] ?? 'https://github.com')).replace(
    /\/$/,
    '',
  );
  const same = repository.toLowerCase() === own.toLowerCase();
  const asked = input(call, 'ref');
  const isSha = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(asked);
  const depth = Math.floor(Number(input(call, 'fetch-depth', '1')));
  const target = { repository, ref: isSha ? '' : asked, commit: isSha ? asked : '' };
  if (!same || asked !== '') refuseForkCheckout(call, target);
  const token = input(call, 'token', String(call.github['token'] ?? ''));
  if (token === '') throw new Error('Input required and not supplied: token');
  const submodules = input(call, 'submodules').toLowerCase();
  return {
    repository,
    ref: isSha ? '' : asked !== '' ? asked : same ? qualified(String(call.github['ref'] ?? '')) : '',
    commit: isSha ? asked.toLowerCase() : asked === '' && same ? String(call.github['sha'] ?? '') : '',
    folder,
    depth: Number.isNaN(depth) || depth < 0 ? 0 : depth,
    // Before v6 the input did not fetch all tags, but let git follow them.
    tags: !isTrue(call, 'fetch-tags', false) ? 'none' : majorOf(call) < 6 ? 'followed' : 'all',
    filter: input(call, 'filter'),
    sparse: input(call, 'sparse-checkout')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    cone: isTrue(call, 'sparse-checkout-cone-mode', true),
    clean: isTrue(call, 'clean', true),
    persist: isTrue(call, 'persist-credentials', true),
    submodules: submodules === 'recursive' ? 'recursive' : submodules === 'true' ? 'direct' : 'none',
    token,
    server,
    direct: server === call.github['server_url'] ? call.directGit : undefined,
  };
}

/** Some events give only a branch's name. */
const qualified = (ref: string): string => (ref === '' || ref.startsWith('refs/') ? ref : `refs/heads/${ref}`);

/** As the action reads its flags: whatever is not true is false. */
const isTrue = (call: ActionCall, name: string, otherwise: boolean): boolean =>
  input(call, name, String(otherwise)).toLowerCase() === 'true';
