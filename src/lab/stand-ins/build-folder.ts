import { mkdir, realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { ActionCall } from '../../runner/actions/action.ts';
import { exportCommit } from '../export-commit.ts';

/** Without `context` the action builds what is committed, not what lies in the workspace. */
export async function checkedIn(call: ActionCall, scratch: string): Promise<string> {
  const folder = join(scratch, 'context');
  await mkdir(folder);
  try {
    await exportCommit(call.workspace, call.env['GITHUB_SHA'] ?? 'HEAD', folder);
  } catch (error) {
    throw new Error(
      `the Git context needs a checkout in the workspace: set "context: ." or check out first (${(error as Error).message})`,
      { cause: error },
    );
  }
  return folder;
}

/** A folder of the job's own. @throws for what lies elsewhere, and for addresses */
export async function inWorkspace(call: ActionCall, given: string): Promise<string> {
  if (/^(?:https?|git):\/\/|^git@/.test(given)) {
    throw new Error(`the stand-in builds from a folder of the workspace, not from ${given}: check it out first`);
  }
  const folder = resolve(call.workspace, given);
  const real = await realpath(folder).catch(() => undefined);
  if (real === undefined)
    throw new Error(`buildx failed with: ERROR: unable to prepare context: path "${given}" not found`);
  const root = await realpath(call.workspace);
  const temp = await realpath(call.temp);
  if (![root, temp].some((home) => real === home || real.startsWith(home + sep))) {
    throw new Error(`the build context ${given} lies outside the job's workspace`);
  }
  return real;
}
