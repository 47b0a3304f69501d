import { relative } from 'node:path';
import { runGit } from '../../../git/git.ts';

/**
 * What a report's file is called in the repository: coverage tools name it by the module, by the place where it was
 * built, or from some folder. Undefined where none, or more than one, fits.
 */
export async function repositoryPaths(cwd: string): Promise<(name: string) => string | undefined> {
  const { code, stdout } = await runGit(['ls-files', '-z', '--full-name'], { cwd, accept: [128] }).catch(() => ({
    code: 128,
    stdout: Buffer.of(),
  }));
  const files = code === 0 ? stdout.toString().split('\0') : [];
  const all = new Set(files);
  const byName = new Map<string, string[]>();
  for (const file of files) {
    const name = file.slice(file.lastIndexOf('/') + 1);
    byName.set(name, [...(byName.get(name) ?? []), file]);
  }
  return (name) => {
    const path = (name.startsWith(`${cwd}/`) ? relative(cwd, name) : name).replace(/^\.?\/+/, '');
    if (all.has(path)) return path;
    const same = byName.get(path.slice(path.lastIndexOf('/') + 1)) ?? [];
    // The longest way that both share from the end: example.com/shop/api/a.go is api/a.go.
    const fitting = same.filter((file) => path.endsWith(`/${file}`) || file.endsWith(`/${path}`));
    const longest = fitting.toSorted((a, b) => b.length - a.length);
    return longest.length > 1 && longest[0]?.length === longest[1]?.length ? undefined : longest[0];
  };
}
