import { relative, resolve } from 'node:path';
import { type ActionCall, booleanInput, input } from '../action.ts';

/** The inputs of actions/checkout, resolved. */
export interface CheckoutSettings {
  readonly repository: string;
  readonly ref: string;
  readonly commit: string;
  readonly folder: string;
  readonly depth: number;
  readonly tags: boolean;
  readonly filter: string;
  readonly sparse: readonly string[];
  readonly cone: boolean;
  readonly clean: boolean;
  readonly persist: boolean;
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
  if (booleanInput(call, 'lfs', false)) throw new Error('The input lfs is not supported here');
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
  const depth = Number(input(call, 'fetch-depth', '1'));
  return {
    repository,
    ref: isSha ? '' : asked !== '' ? asked : same ? qualified(String(call.github['ref'] ?? '')) : '',
    commit: isSha ? asked.toLowerCase() : asked === '' && same ? String(call.github['sha'] ?? '') : '',
    folder,
    depth: Number.isNaN(depth) || depth < 0 ? 0 : depth,
    tags: booleanInput(call, 'fetch-tags', false),
    filter: input(call, 'filter'),
    sparse: input(call, 'sparse-checkout')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    cone: booleanInput(call, 'sparse-checkout-cone-mode', true),
    clean: booleanInput(call, 'clean', true),
    persist: booleanInput(call, 'persist-credentials', true),
    token: input(call, 'token', String(call.github['token'] ?? '')),
    server,
    direct: server === call.github['server_url'] ? call.directGit : undefined,
  };
}

/** Some events give only a branch's name. */
const qualified = (ref: string): string => (ref === '' || ref.startsWith('refs/') ? ref : `refs/heads/${ref}`);
