import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFiles } from '../../job/hash-files.ts';
import { type ActionCall, type ActionResult, input } from '../action.ts';
import { lines } from '../cache/cache.ts';
import { restoreCache, saveCache } from '../cache/cache-archive.ts';

export interface PackageCache {
  /** What the key begins with: `node-cache-Linux-x64-npm`. */
  readonly prefix: string;
  readonly paths: readonly string[];
  /** Lock files that are looked for where `cache-dependency-path` names none. */
  readonly lockFiles: readonly string[];
  /** Said where there is no lock file. */
  readonly refusal: string;
}

/** The `cache` input of the setup actions: restored now, saved at the job's end where nothing was found. */
export async function packageCache(call: ActionCall, cache: PackageCache): Promise<ActionResult> {
  const patterns = lines(input(call, 'cache-dependency-path'));
  const hash = patterns.length > 0 ? hashFiles(call.workspace, patterns) : await firstHash(call, cache.lockFiles);
  if (hash === '') throw new Error(cache.refusal);
  const key = `${cache.prefix}-${hash}`;
  const matched = await restoreCache(call, { paths: cache.paths, key, restoreKeys: [], lookupOnly: false });
  call.setOutput('cache-hit', String(matched === key));
  if (matched === undefined) call.log(`${cache.prefix} cache is not found`);
  return {
    conclusion: 'success',
    postWhen: 'success',
    post: async (later) => {
      if (matched === key) {
        later.log(`Cache hit occurred on the primary key ${key}, not saving cache.`);
        return;
      }
      const there = await Promise.all(cache.paths.map((path) => lstat(path).catch(() => undefined)));
      if (there.every((one) => one === undefined)) {
        later.log(`::warning::Cache folder path is retrieved but doesn't exist on disk: ${cache.paths.join(', ')}`);
        return;
      }
      await saveCache(later, cache.paths, key);
    },
  };
}

async function firstHash(call: ActionCall, names: readonly string[]): Promise<string> {
  for (const name of names) {
    const found = await lstat(join(call.workspace, name)).catch(() => undefined);
    if (found?.isFile() === true) return hashFiles(call.workspace, [name]);
  }
  return '';
}
