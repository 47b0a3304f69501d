import { runGit } from '../../git/git.ts';

/** `owner/name` in the URL of a host; a folder of this machine has no such name. */
const hosted = /^(?:(?:https?|ssh|git):\/\/[^/]+\/|[\w.-]+@[\w.-]+:)([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/;

/** What a clone's `origin` is called where it is hosted; undefined for one that has no such remote. */
export async function hostedName(folder: string): Promise<string | undefined> {
  const { stdout } = await runGit(['remote', 'get-url', 'origin'], { cwd: folder, accept: [2, 128] });
  return hosted.exec(stdout.toString().trim())?.[1];
}
