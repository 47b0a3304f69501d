import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { git, runGit } from '../git/git.ts';
import type { ActionSource } from '../runner/actions/action.ts';
import { actionFolder, commitOf } from './action-folder.ts';
import { exportCommit } from './export-commit.ts';
import type { LabOptions } from './lab-options.ts';

/** Where published actions are looked for, in this order: the user's folder, what was fetched before, github.com. */
export function actionSources(
  options: Pick<LabOptions, 'actions' | 'actionCache' | 'fetchActions'>,
  reached: (host: string) => void,
): readonly ActionSource[] {
  const { actions, actionCache, fetchActions } = options;
  return [
    ...(actions === undefined ? [] : [actionFolder(actions)]),
    ...(actionCache === undefined ? [] : [cachedActions(actionCache)]),
    ...(actionCache === undefined || fetchActions !== true ? [] : [fetchedActions(actionCache, { reached })]),
  ];
}

/** What `fetchedActions` kept; a ref that it has not is for the next source. */
function cachedActions(folder: string): ActionSource {
  const source = actionFolder(folder, 'the cache of actions');
  return {
    ...source,
    fetch: async (repository, ref, into) =>
      (await source.resolve?.(repository.toLowerCase(), ref)) === undefined
        ? undefined
        : source.fetch(repository.toLowerCase(), ref, into),
  };
}

/** Takes one ref of a repository from github.com, outside of the lab, and keeps it in the cache. */
export function fetchedActions(
  folder: string,
  options: { readonly reached: (host: string) => void; readonly server?: string },
): ActionSource {
  const server = options.server ?? 'https://github.com';
  return {
    label: 'github.com',
    fetch: async (repository, ref, into) => {
      const cwd = join(folder, repository.toLowerCase());
      await mkdir(cwd, { recursive: true });
      const at = { cwd, isolated: true };
      await git(['init', '--quiet', '--bare', '--template='], at);
      options.reached(new URL(server).host);
      for (const spec of specsOf(ref)) {
        const fetch = ['fetch', '--quiet', '--no-tags', '--depth=1', `${server}/${repository}`, spec];
        // One that does not answer is given up, not waited for.
        const patience = ['-c', 'http.lowSpeedLimit=1', '-c', 'http.lowSpeedTime=20'];
        const { code } = await runGit([...patience, ...fetch], { ...at, accept: [1, 128] });
        const commit = code === 0 ? await commitOf(cwd, ref) : undefined;
        if (commit === undefined) continue;
        await exportCommit(cwd, commit, into);
        return commit;
      }
      return undefined;
    },
  };
}

/** A tag before a branch, as GitHub takes names; a commit by itself. */
function specsOf(ref: string): readonly string[] {
  if (/^[0-9a-f]{40}$/.test(ref)) return [ref];
  return [`+refs/tags/${ref}:refs/tags/${ref}`, `+refs/heads/${ref}:refs/heads/${ref}`];
}
