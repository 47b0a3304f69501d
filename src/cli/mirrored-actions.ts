import { configPath } from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { readLocal } from './read-local.ts';

/**
 * What the trunkline.yaml of these folders says that actions are taken from instead: mirror → published, in lower case. One
 * that cannot be read says nothing here; whoever needs it says what is wrong with it.
 */
export function mirroredActions(folders: readonly (string | undefined)[]): ReadonlyMap<string, string> {
  return new Map(
    folders.flatMap((folder) =>
      Object.entries(actionsOf(folder)).map(
        ([published, mirror]) => [mirror.toLowerCase(), published.toLowerCase()] as const,
      ),
    ),
  );
}

function actionsOf(folder: string | undefined): Readonly<Record<string, string>> {
  if (folder === undefined) return {};
  try {
    const text = readLocal(folder);
    const { services, environments } = text === undefined ? {} : parseConfig(configPath, text);
    return { ...services?.actions, ...environments?.actions };
  } catch {
    return {};
  }
}
