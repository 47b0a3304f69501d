import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ActionCall, input } from '../action.ts';

/** The text of the file that an input names in the workspace. @throws Error where there is none */
export async function versionFile(
  call: ActionCall,
  inputName: string,
  what: string,
): Promise<{ readonly name: string; readonly text: string } | undefined> {
  const name = input(call, inputName);
  if (name === '') return undefined;
  const path = join(call.workspace, name);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Error(`The specified ${what} version file at: ${path} does not exist`);
  return { name, text };
}

/** A tool's line of asdf's `.tool-versions`. */
export function toolVersion(text: string, ...tools: readonly string[]): string | undefined {
  for (const line of text.split('\n')) {
    const [tool = '', version] = line.trim().split(/\s+/);
    if (tools.includes(tool) && version !== undefined) return version.replace(/^v/, '');
  }
  return undefined;
}
