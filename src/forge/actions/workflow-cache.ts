import type { RepositoryRef } from '../../protocol/event.ts';
import type { SourceFile } from '../../protocol/run-service.ts';
import type { Forge } from '../forge.ts';
import { workflowSource } from '../rules/required-workflows.ts';
import { workflowFiles } from './source-files.ts';

const remembered = 64;

/** Workflow files of the last commits asked for: most events ask for the same one, and a commit never changes. */
export class WorkflowCache {
  readonly #forge: Forge;
  readonly #files = new Map<string, Promise<readonly SourceFile[]>>();

  constructor(forge: Forge) {
    this.#forge = forge;
  }

  read(repository: RepositoryRef, sha: string): Promise<readonly SourceFile[]> {
    const key = `${repository.id}/${sha}`;
    const files = this.#files.get(key) ?? this.#load(repository, sha);
    this.#files.delete(key);
    this.#files.set(key, files);
    files.catch(() => this.#files.delete(key));
    const [oldest] = this.#files.keys();
    if (this.#files.size > remembered && oldest !== undefined) this.#files.delete(oldest);
    return files;
  }

  async #load(repository: RepositoryRef, sha: string): Promise<readonly SourceFile[]> {
    return workflowFiles(this.#forge, await workflowSource(this.#forge, repository.id, sha), sha);
  }
}
