import type { RepositoryFiles } from './repository-files.ts';

/**
 * The one team that CODEOWNERS names for a path; undefined where none or several do, or where a line before the answer
 * has a pattern that is more than a folder or `*`: then it is asked for rather than guessed.
 */
export function ownerTeam(files: RepositoryFiles, path: string): string | undefined {
  const text = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS']
    .map((file) => files.texts.get(file))
    .find((one) => one !== undefined);
  let found: string | undefined;
  for (const line of (text ?? '').split('\n')) {
    const [pattern = '', ...owners] = line
      .replace(/(?:^|\s)#.*$/, '')
      .trim()
      .split(/\s+/);
    if (pattern === '') continue;
    if (pattern !== '*') {
      if (/[*?[\]\\]/.test(pattern)) return undefined;
      const folder = pattern.replace(/^\//, '').replace(/\/$/, '');
      const inside =
        pattern.startsWith('/') || folder.includes('/')
          ? `${path}/`.startsWith(`${folder}/`)
          : `/${path}/`.includes(`/${folder}/`);
      if (!inside) continue;
    }
    const teams = owners.flatMap((owner) => /^@[^/]+\/(?<slug>[a-z0-9_-]+)$/i.exec(owner)?.groups?.['slug'] ?? []);
    found = teams.length === 1 && owners.length === 1 ? teams[0]?.toLowerCase() : undefined;
  }
  return found;
}
