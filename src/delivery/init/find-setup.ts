import { packageOf } from './find-commands.ts';
import { inFolder, type RepositoryFiles } from './repository-files.ts';

/** Tool chains that a service's commands need, by the versions that its files name. */
export interface FoundSetup {
  readonly node?: string;
  readonly go?: string;
  readonly python?: string;
}

export function findSetup(files: RepositoryFiles, folder: string): FoundSetup {
  const text = (name: string): string => files.texts.get(inFolder(folder, name)) ?? '';
  const node = /^v?(\d+)/.exec(text('.nvmrc').trim())?.[1] ?? engine(files, folder);
  const go = /^go\s+(\d+\.\d+)/m.exec(text('go.mod'))?.[1];
  const python =
    /^(\d+\.\d+)/.exec(text('.python-version').trim())?.[1] ??
    /^requires-python\s*=\s*"[^"\d]*(\d+\.\d+)/m.exec(text('pyproject.toml'))?.[1];
  return {
    ...(node === undefined ? {} : { node }),
    ...(go === undefined ? {} : { go }),
    ...(python === undefined ? {} : { python }),
  };
}

/** The lowest major version that `engines` lets in. */
function engine(files: RepositoryFiles, folder: string): string | undefined {
  const said = packageOf(files, folder)?.engines?.['node'];
  return typeof said === 'string' ? /(\d+)/.exec(said)?.[1] : undefined;
}
