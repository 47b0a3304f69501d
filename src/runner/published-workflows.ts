import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunService } from '../protocol/run-service.ts';
import type { ActionSource } from './actions/action.ts';
import { removeFolder } from './process/remove-folder.ts';

type Files = Pick<RunService, 'resolve' | 'readFile'>;

/**
 * Workflows that others call, as `owner/repo/.github/workflows/x.yml@ref`: from the forge, else from where published
 * actions come from.
 */
export function publishedWorkflows(service: Files, sources: readonly ActionSource[], folder: string): Files {
  /** Workflow files by `owner/repo@commit`. */
  const known = new Map<string, ReadonlyMap<string, string>>();
  const fetched = async (fullName: string, ref: string): Promise<string | undefined> => {
    if (known.has(`${fullName}@${ref}`.toLowerCase())) return ref;
    for (const source of sources) {
      const partial = join(folder, '.partial', randomUUID());
      await mkdir(partial, { recursive: true });
      try {
        const commit = await source.fetch(fullName, ref, partial);
        if (commit === undefined) continue;
        const texts = await readWorkflows(partial);
        known.set(`${fullName}@${commit}`.toLowerCase(), texts);
        return commit;
      } catch {
        // The source has the repository and not the ref: the call is told that it was not found.
      } finally {
        await removeFolder(partial);
      }
    }
    return undefined;
  };
  return {
    resolve: async (fullName, ref) => (await service.resolve(fullName, ref)) ?? fetched(fullName, ref),
    readFile: async (fullName, ref, path) => {
      const own = await service.readFile(fullName, ref, path);
      if (own !== undefined || !path.startsWith('.github/workflows/')) return own;
      if ((await service.resolve(fullName, 'HEAD')) !== undefined) return undefined;
      const commit = await fetched(fullName, ref);
      return commit === undefined ? undefined : known.get(`${fullName}@${commit}`.toLowerCase())?.get(path);
    },
  };
}

async function readWorkflows(folder: string): Promise<ReadonlyMap<string, string>> {
  const place = '.github/workflows';
  const names = await readdir(join(folder, place)).catch(() => []);
  const texts = new Map<string, string>();
  for (const name of names.filter((one) => /\.ya?ml$/.test(one))) {
    texts.set(`${place}/${name}`, await readFile(join(folder, place, name), 'utf8'));
  }
  return texts;
}
