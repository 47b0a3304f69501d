import { basename } from 'node:path/posix';
import { parse } from 'yaml';
import type { Forge } from '../forge.ts';
import { readRef } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import type { Repository, WorkflowRow } from '../rows.ts';
import { registerWorkflow } from './open-runs.ts';
import { workflowFiles } from './source-files.ts';

/** The repository's workflows: the files of its default branch, and whatever ran before. */
export async function listWorkflows(forge: Forge, repository: Repository): Promise<readonly WorkflowRow[]> {
  const head = readRef(repositoryFolder(forge, repository.id), `refs/heads/${repository.defaultBranch}`);
  const files = head === undefined ? [] : await workflowFiles(forge, repository.id, head);
  const known = new Set(forge.store.workflows.by('repository', repository.id).map((workflow) => workflow.path));
  const fresh = files.filter((file) => !known.has(file.path));
  if (fresh.length > 0)
    forge.store.transaction(() => {
      for (const { path, text } of fresh) registerWorkflow(forge, repository.id, path, readName(text) ?? path);
    });
  return forge.store.workflows.by('repository', repository.id);
}

/** A workflow by id, file name or path. */
export async function findWorkflow(
  forge: Forge,
  repository: Repository,
  idOrFile: string,
): Promise<WorkflowRow | undefined> {
  const all = await listWorkflows(forge, repository);
  return all.find(
    (workflow) =>
      String(workflow.id) === idOrFile || basename(workflow.path) === idOrFile || workflow.path === idOrFile,
  );
}

function readName(text: string): string | undefined {
  try {
    const value: unknown = parse(text);
    const name = typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined;
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    // A file that is no YAML still is a workflow, named by its path, whose runs fail at the start.
    return undefined;
  }
}
