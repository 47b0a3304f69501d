import { join, resolve } from 'node:path';
import { type ActionCall, type ActionResult, type BuiltInAction, booleanInput, input, majorOf } from '../action.ts';
import { namePattern } from '../glob.ts';
import { type Artifact, downloadArtifact, listArtifacts, type OtherRun } from './artifact-client.ts';

/** actions/download-artifact v4 and later. */
export const downloadArtifactAction: BuiltInAction = { name: 'actions/download-artifact', fidelity: 'built-in', run };

async function run(call: ActionCall): Promise<ActionResult> {
  try {
    return await download(call);
  } catch (error) {
    throw new Error(`Unable to download artifact(s): ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function download(call: ActionCall): Promise<ActionResult> {
  const name = input(call, 'name');
  const ids = input(call, 'artifact-ids')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  if (name !== '' && ids.length > 0)
    throw new Error(`Inputs 'name' and 'artifact-ids' cannot be used together. Please specify only one.`);
  const home = call.env['HOME'] ?? '';
  const folder = resolve(call.workspace, input(call, 'path', '.').replace(/^~(?=\/|$)/, home));
  const other = otherRun(call);
  const all = await listArtifacts(call, other);
  const artifacts = name !== '' ? [named(call, all, name)] : ids.length > 0 ? byId(all, ids) : byPattern(call, all);
  // Before v5 one that was named by its id got a folder of its own.
  const together =
    booleanInput(call, 'merge-multiple', false) || name !== '' || (ids.length === 1 && majorOf(call) >= 5);
  for (const artifact of artifacts) {
    await downloadArtifact(call, artifact, together ? folder : inFolder(folder, artifact.name), other);
    call.log(`Artifact download completed successfully.`);
  }
  call.log(`Total of ${artifacts.length} artifact(s) downloaded`);
  call.log('Download artifact has finished successfully');
  return { conclusion: 'success', outputs: { 'download-path': folder } };
}

/** With a token everything goes through the API, the run's own artifacts too. */
function otherRun(call: ActionCall): OtherRun | undefined {
  const token = input(call, 'github-token');
  if (token === '') return undefined;
  const repository = input(call, 'repository', String(call.github['repository'] ?? ''));
  if (!/^[^/\s]+\/[^/\s]+$/.test(repository))
    throw new Error(`Invalid repository: '${repository}'. Must be in format owner/repo`);
  const runId = input(call, 'run-id', String(call.github['run_id'] ?? ''));
  if (!/^\d+$/.test(runId)) throw new Error(`Invalid run-id: '${runId}'. Must be a number`);
  return { token, repository, runId };
}

function named(call: ActionCall, all: readonly Artifact[], name: string): Artifact {
  call.log(`Downloading single artifact`);
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new Error(
    `Artifact not found for name: ${name}\nPlease ensure that your artifact is not expired and the artifact was uploaded using a compatible version of toolkit/upload-artifact.\nFor more information, visit the GitHub Artifacts FAQ: https://github.com/actions/toolkit/blob/main/packages/artifact/docs/faq.md`,
  );
}

function byId(all: readonly Artifact[], ids: readonly string[]): readonly Artifact[] {
  const wrong = ids.find((id) => !/^\d+$/.test(id));
  if (wrong !== undefined) throw new Error(`Invalid artifact ID: '${wrong}'. Must be a number.`);
  const found = all.filter((one) => ids.includes(String(one.id)));
  if (found.length === 0) throw new Error('None of the provided artifact IDs were found');
  return found;
}

function byPattern(call: ActionCall, all: readonly Artifact[]): readonly Artifact[] {
  const pattern = input(call, 'pattern');
  if (pattern === '') {
    call.log('No input name, artifact-ids or pattern filtered specified, downloading all artifacts');
    if (!booleanInput(call, 'merge-multiple', false))
      call.log('An extra directory with the artifact name will be created for each download');
    return all;
  }
  const matches = namePattern(pattern);
  const found = all.filter((one) => matches.test(one.name));
  call.log(`Filtering artifacts by pattern '${pattern}'\nFound ${found.length} artifact(s)`);
  return found;
}

/** Names are the forge's and hold no slash; what would leave the folder is refused all the same. */
function inFolder(folder: string, name: string): string {
  if (name === '.' || name === '..' || /[/\\]/.test(name)) throw new Error(`the artifact name ${name} is no folder's`);
  return join(folder, name);
}
