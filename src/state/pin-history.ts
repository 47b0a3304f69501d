import { TrunklineError } from '../errors.ts';
import { runGit } from '../git/git.ts';
import { readPinAt } from '../manifest/manifest.ts';
import type { ManifestPlace } from '../manifest/place.ts';
import type { Digest } from '../model/digest.ts';

/**
 * Digests that a manifest has pinned along the first parents of HEAD, newest first, one for each change; at most
 * `limit` commits are looked at. Empty where there is no history. A commit whose manifest cannot be read is passed over.
 */
export async function readPinHistory(folder: string, place: ManifestPlace, limit = 200): Promise<readonly Digest[]> {
  const log = await tryGit(
    ['log', '--first-parent', '--format=%H', `--max-count=${limit}`, '--end-of-options', 'HEAD', '--', place.file],
    folder,
  );
  const commits = log.split('\n').filter((line) => line !== '');
  const pins: Digest[] = [];
  for (const commit of commits) {
    const text = await tryGit(['show', '--end-of-options', `${commit}:./${place.file}`], folder);
    const digest = digestIn(place, text);
    if (digest !== undefined && digest !== pins.at(-1)) pins.push(digest);
  }
  return pins;
}

function digestIn(place: ManifestPlace, text: string): Digest | undefined {
  try {
    return readPinAt(place, text)?.digest;
  } catch (error) {
    if (error instanceof TrunklineError) return undefined;
    throw error;
  }
}

async function tryGit(args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout } = await runGit(args, { cwd, accept: [128] });
  return code === 0 ? stdout.toString() : '';
}
