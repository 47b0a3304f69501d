import type { Forge } from '../forge.ts';
import { resolveCommit } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { codeOwnersFaults, type OwnersFault } from '../rules/code-owners.ts';
import { findCodeOwners } from '../rules/history.ts';
import { atRepository } from './at-repository.ts';

/** What is wrong with the CODEOWNERS file that counts. */
export function codeOwnersRoutes(app: ForgeApp, forge: Forge): void {
  app.get('/repos/:owner/:repo/codeowners/errors', async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const folder = repositoryFolder(forge, repository.id);
    const sha = await resolveCommit(folder, c.req.query('ref') ?? repository.defaultBranch);
    const file = sha === undefined ? undefined : await findCodeOwners(folder, sha);
    if (file === undefined) throw new ApiError(404, 'Not Found');
    const errors = codeOwnersFaults(forge, repository, file.text);
    return c.json({ errors: errors.map((one) => presentFault(one, file.path)) });
  });
}

/** GitHub's message shows the line, and where in it. */
function presentFault({ reason, ...fault }: OwnersFault, path: string) {
  const head = `${fault.kind} on line ${fault.line}:${reason === '' ? '' : ` ${reason}`}`;
  const message = `${head}\n\n  ${fault.source}\n  ${' '.repeat(fault.column - 1)}^`;
  return { ...fault, message, path };
}
