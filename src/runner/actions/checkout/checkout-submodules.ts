import { appendFile } from 'node:fs/promises';
import type { Git } from './checkout-git.ts';
import type { CheckoutSettings } from './checkout-settings.ts';
import { submoduleConfigs } from './config-files.ts';

/**
 * Submodules with the checkout's own token, which also reads what their URLs give as `git@github.com:`. Each keeps the
 * token only where the checkout does.
 */
export async function checkoutSubmodules(git: Git, settings: CheckoutSettings, credentials: string): Promise<void> {
  if (settings.submodules === 'none') return;
  const recursive = settings.submodules === 'recursive' ? ['--recursive'] : [];
  const host = new URL(settings.server).host;
  const base = settings.direct ?? settings.server;
  // They reach the processes that git starts for the submodules, too, and are written nowhere.
  const options = [
    ['include.path', credentials],
    [`url.${base}/.insteadOf`, `git@${host}:`],
    [`url.${base}/.insteadOf`, `ssh://git@${host}/`],
    ...(settings.direct === undefined ? [] : [[`url.${base}/.insteadOf`, `${settings.server}/`]]),
  ].flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  await git(['submodule', 'sync', ...recursive]);
  const depth = settings.depth > 0 ? [`--depth=${settings.depth}`] : [];
  const update = ['submodule', 'update', '--init', '--force', ...depth, ...recursive];
  await git([...options, '-c', 'protocol.version=2', ...update]);
  for (const file of await submoduleConfigs(settings.folder)) {
    const rewrite = `[url "${settings.server}/"]\n\tinsteadOf = git@${host}:\n`;
    const include = settings.persist ? `[include]\n\tpath = ${JSON.stringify(credentials)}\n${rewrite}` : '';
    await appendFile(file, `[gc]\n\tauto = 0\n${include}`);
  }
}
