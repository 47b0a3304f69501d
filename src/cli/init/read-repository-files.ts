import { initReads, type RepositoryFiles } from '../../delivery/init/repository-files.ts';
import { ObjectBatch } from '../../git/object-batch.ts';
import { openSourceRepository } from '../../lab/scenarios/source-repository.ts';

/** Larger files hold neither pins nor commands that anybody wrote. */
const largest = 1024 * 1024;

/** What `init` looks at: the commit that is checked out. @throws NOT_A_REPOSITORY */
export async function readRepositoryFiles(cwd: string): Promise<{
  readonly files: RepositoryFiles;
  readonly origin: string | undefined;
  readonly folder: string;
  /** Paths that differ from it, and were not looked at. */
  readonly uncommitted: readonly string[];
}> {
  const source = await openSourceRepository(cwd);
  const wanted = source.files.filter(initReads);
  const objects = new ObjectBatch(source.folder);
  try {
    const contents = await objects.read(wanted.map((path) => `${source.head}:${path}`));
    const texts = wanted.flatMap((path, index): [string, string][] => {
      const content = contents[index];
      return content === undefined || content.length > largest ? [] : [[path, content.toString('utf8')]];
    });
    const { origin, folder, name } = source;
    const uncommitted = source.uncommitted.map((line) => line.slice(3));
    return { files: { name, paths: source.files, texts: new Map(texts) }, origin, folder, uncommitted };
  } finally {
    objects.close();
  }
}
