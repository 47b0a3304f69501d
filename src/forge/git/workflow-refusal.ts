import { git } from '../../git/git.ts';
import type { Forge } from '../forge.ts';
import type { RefUpdateQuestion } from '../rules/evaluate-ref-update.ts';
import { zeroSha } from './refs.ts';
import { repositoryFolder, repositoryGit } from './repository-folder.ts';

/** GitHub's refusal of workflow files from a credential that may not write them; undefined where there is no reason. */
export async function workflowRefusal(forge: Forge, question: RefUpdateQuestion): Promise<string | undefined> {
  const { identity, after } = question;
  const { token } = identity;
  if (token === undefined || after === zeroSha) return undefined;
  const classic = token.kind === 'classic';
  const allowed = classic ? token.scopes?.includes('workflow') : token.permissions?.['workflows'] === 'write';
  if (allowed === true) return undefined;
  const path = await changedWorkflow(forge, question);
  if (path === undefined) return undefined;
  const who = identity.kind === 'user' ? 'a Personal Access Token' : 'a GitHub App';
  const what = classic ? '`workflow` scope' : '`workflows` permission';
  return `refusing to allow ${who} to create or update workflow \`${path}\` without ${what}`;
}

/** The first workflow file that the new commits touch; for a merge, that the branch would get. */
async function changedWorkflow(forge: Forge, question: RefUpdateQuestion): Promise<string | undefined> {
  const { repository, before, after, via, env } = question;
  const folder = repositoryFolder(forge, repository.id);
  const args =
    via === 'merge' && before !== zeroSha
      ? ['diff', '-z', '--name-only', '--diff-filter=d', before, after]
      : ['log', '-z', '-c', '--format=', '--name-only', '--diff-filter=d', after, '--not', '--all'];
  const options = repositoryGit(folder, env === undefined ? {} : { env });
  const text = await git([...args, '--', '.github/workflows'], options);
  return text.split('\0').find((path) => /\.ya?ml$/.test(path));
}
