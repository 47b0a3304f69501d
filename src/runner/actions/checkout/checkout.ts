import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createWorkTree } from '../../../git/create-work-tree.ts';
import type { ActionCall, ActionResult, BuiltInAction } from '../action.ts';
import { type Git, gitIn } from './checkout-git.ts';
import { type CheckoutSettings, readSettings } from './checkout-settings.ts';
import { checkoutSubmodules } from './checkout-submodules.ts';
import { fetchTarget } from './checkout-target.ts';
import { configFiles } from './config-files.ts';
import { authorization, fetchDirectly } from './fetch-directly.ts';

/**
 * actions/checkout with the git of this machine: the same refs, branches and configuration, without its API calls.
 * The token reaches git in a file that only this user can read, never as an argument.
 */
export const checkout: BuiltInAction = { name: 'actions/checkout', fidelity: 'built-in', run: runCheckout };

async function runCheckout(call: ActionCall): Promise<ActionResult> {
  const settings = readSettings(call);
  call.log(`Syncing repository: ${settings.repository}`);
  call.addMask(settings.token);
  await mkdir(settings.folder, { recursive: true });
  const credentials = join(call.temp, `git-credentials-${randomBytes(8).toString('hex')}.config`);
  const git = gitIn(settings, call);
  const fresh = await prepareFolder(git, settings, call);
  try {
    const fetched = fresh ? await fetchDirectly(git, settings, call) : undefined;
    if (fetched === undefined || settings.persist || settings.submodules !== 'none') {
      await addCredentials(credentials, settings);
    }
    const target = fetched ?? (await fetchTarget(git, settings));
    await setSparse(git, settings);
    call.log(`##[group]Checking out the ref`);
    await git(['checkout', '--progress', '--force', ...target.checkout]);
    call.log('##[endgroup]');
    await checkoutSubmodules(git, settings, credentials);
    const commit = settings.commit !== '' ? settings.commit : (await git(['log', '-1', '--format=%H'])).output.trim();
    if (settings.commit !== '') call.log(commit);
    call.setOutput('ref', target.ref);
    call.setOutput('commit', commit);
  } finally {
    if (!settings.persist) await removeCredentials(credentials, settings);
  }
  if (!settings.persist) return { conclusion: 'success' };
  return {
    conclusion: 'success',
    post: async (later) => {
      await removeCredentials(credentials, settings);
      later.log(`Removed the credentials of ${settings.repository}`);
    },
  };
}

/** Git reads the token from a file of its own, which the repository's configuration includes. */
async function addCredentials(path: string, settings: CheckoutSettings): Promise<void> {
  const header = settings.token === '' ? '' : `\textraheader = AUTHORIZATION: ${authorization(settings.token)}\n`;
  const servers = [settings.server, ...(settings.direct === undefined ? [] : [settings.direct])];
  await writeFile(path, servers.map((server) => `[http "${server}/"]\n${header}`).join(''), { mode: 0o600 });
  await appendFile(configOf(settings), `[include]\n${includeLine(path)}`);
}

async function removeCredentials(path: string, settings: CheckoutSettings): Promise<void> {
  await rm(path, { force: true });
  for (const file of await configFiles(settings.folder)) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.includes(includeLine(path))) await writeFile(file, text.replace(includeLine(path), ''));
  }
}

const configOf = (settings: CheckoutSettings): string => join(settings.folder, '.git', 'config');
const includeLine = (path: string): string => `\tpath = ${JSON.stringify(path)}\n`;

/** @returns whether the repository is new */
async function prepareFolder(git: Git, settings: CheckoutSettings, call: ActionCall): Promise<boolean> {
  const url = `${settings.server}/${settings.repository}`;
  const names = await readdir(settings.folder);
  if (names.includes('.git')) {
    const { output } = await git(['config', '--local', '--get', 'remote.origin.url'], { accept: true });
    if (output.trim() === url) {
      // An earlier checkout's token would be sent beside this one's.
      const earlier = ['--unset-all', 'include.path', 'git-credentials-[0-9a-f]+\\.config$'];
      await git(['config', '--local', ...earlier], { accept: true });
      if (settings.clean) {
        await git(['clean', '-ffdx']);
        await git(['reset', '--hard', 'HEAD'], { accept: true });
      }
      return false;
    }
  }
  if (names.length > 0) {
    call.log(`Deleting the contents of '${settings.folder}'`);
    for (const name of names) await rm(join(settings.folder, name), { recursive: true, force: true });
  }
  call.log('##[group]Initializing the repository');
  const remote = `[remote "origin"]\n\turl = ${/^[\w.:/@~+-]+$/.test(url) ? url : JSON.stringify(url)}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`;
  createWorkTree(settings.folder, 'main', `${remote}[gc]\n\tauto = 0\n`);
  call.log('##[endgroup]');
  return true;
}

/** As the action does it, down to what a later checkout that is not sparse leaves of patterns outside of cone mode. */
async function setSparse(git: Git, settings: CheckoutSettings): Promise<void> {
  const patterns = join(settings.folder, '.git', 'info', 'sparse-checkout');
  if (settings.sparse.length > 0 && settings.cone) {
    await git(['sparse-checkout', 'set', ...settings.sparse]);
  } else if (settings.sparse.length > 0) {
    await git(['config', 'core.sparseCheckout', 'true']);
    await mkdir(dirname(patterns), { recursive: true });
    await appendFile(patterns, `\n${settings.sparse.join('\n')}\n`);
  } else if ((await readFile(patterns).catch(() => undefined)) !== undefined) {
    await git(['sparse-checkout', 'disable']);
    await git(['config', '--local', '--unset-all', 'extensions.worktreeConfig'], { accept: true });
  }
}
