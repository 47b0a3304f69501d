import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The configuration of a checkout and of its submodules, nested ones too. */
export async function configFiles(folder: string): Promise<readonly string[]> {
  return [join(folder, '.git', 'config'), ...(await submoduleConfigs(folder))];
}

export async function submoduleConfigs(folder: string): Promise<readonly string[]> {
  return below(join(folder, '.git', 'modules'));
}

/** A module's folder has `config`, and `modules` of its own; its name may have slashes. */
async function below(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some((entry) => entry.name === 'HEAD' && entry.isFile()))
    return [join(folder, 'config'), ...(await below(join(folder, 'modules')))];
  const inner = entries.filter((entry) => entry.isDirectory()).map((entry) => below(join(folder, entry.name)));
  return (await Promise.all(inner)).flat();
}
