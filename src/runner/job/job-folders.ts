import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder } from '../process/remove-folder.ts';

/** A job's own folders; nothing of another job is in them. */
export interface JobFolders {
  readonly root: string;
  /** RUNNER_WORKSPACE: `work/<repo>` */
  readonly runnerWorkspace: string;
  /** GITHUB_WORKSPACE: `work/<repo>/<repo>` */
  readonly workspace: string;
  /** RUNNER_TEMP */
  readonly temp: string;
  /** RUNNER_TOOL_CACHE */
  readonly tools: string;
  readonly home: string;
  /** Actions that the job downloaded. */
  readonly actions: string;
  /** File commands and scripts, readable by this user only. */
  readonly commands: string;
}

/** Makes `<folder>/jobs/<id>` afresh, readable by this user only. */
export async function makeJobFolders(folder: string, jobId: number, repositoryName: string): Promise<JobFolders> {
  const root = join(folder, 'jobs', String(jobId));
  if (existsSync(root)) await removeFolder(root);
  const folders: JobFolders = {
    root,
    runnerWorkspace: join(root, 'work', repositoryName),
    workspace: join(root, 'work', repositoryName, repositoryName),
    temp: join(root, 'temp'),
    tools: join(root, 'tool'),
    home: join(root, 'home'),
    actions: join(root, 'actions'),
    commands: join(root, 'temp', '_runner_file_commands'),
  };
  mkdirSync(root, { recursive: true, mode: 0o700 });
  for (const path of [folders.workspace, folders.tools, folders.home, folders.actions, folders.commands]) {
    mkdirSync(path, { recursive: true });
  }
  return folders;
}
