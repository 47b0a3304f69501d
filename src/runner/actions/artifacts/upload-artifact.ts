import { createReadStream } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { type ActionCall, type ActionResult, type BuiltInAction, booleanInput, input } from '../action.ts';
import { globPaths } from '../glob.ts';
import { uploadArtifact } from './artifact-client.ts';

/** actions/upload-artifact v4 and later: the same files, names, warnings and outputs. */
export const uploadArtifactAction: BuiltInAction = { name: 'actions/upload-artifact', fidelity: 'built-in', run };

async function run(call: ActionCall): Promise<ActionResult> {
  const path = input(call, 'path');
  if (path === '') throw new Error('Input required and not supplied: path');
  const missing = input(call, 'if-no-files-found', 'warn');
  if (!['warn', 'error', 'ignore'].includes(missing))
    throw new Error(`Unrecognized if-no-files-found input. Provided: ${missing}. Available options: warn,error,ignore`);
  const level = compressionLevel(call);
  const retentionDays = retention(call);
  const { files, root } = await filesToUpload(call, path);
  if (files.length === 0) {
    const text = `No files were found with the provided path: ${path}. No artifacts will be uploaded.`;
    if (missing === 'error') throw new Error(text);
    call.log(missing === 'warn' ? `::warning::${text.replaceAll('\n', '%0A')}` : text);
    return { conclusion: 'success' };
  }
  call.log(`With the provided path, there will be ${files.length} file${files.length === 1 ? '' : 's'} uploaded`);
  const archive = booleanInput(call, 'archive', true);
  const [only = ''] = files;
  if (!archive && files.length > 1)
    throw new Error(
      `When 'archive' is set to false, only a single file can be uploaded. Found ${files.length} files to upload.`,
    );
  const name = archive ? input(call, 'name', 'artifact') : basename(only);
  return publish(call, {
    name,
    entries: files.map((file) => ({ name: relative(root, file), file })),
    level,
    retentionDays,
    overwrite: booleanInput(call, 'overwrite', false),
    ...(archive ? {} : { raw: { content: createReadStream(only), mimeType: 'application/octet-stream' } }),
  });
}

/** Uploads, says so, and answers the outputs. */
export async function publish(call: ActionCall, upload: Parameters<typeof uploadArtifact>[1]): Promise<ActionResult> {
  const { id, size, digest } = await uploadArtifact(call, upload);
  call.log(`SHA256 digest of uploaded artifact ${upload.raw === undefined ? 'zip ' : ''}is ${digest}`);
  call.log(`Artifact ${upload.name} has been successfully uploaded! Final size is ${size} bytes. Artifact ID is ${id}`);
  const { server_url, repository, run_id } = call.github;
  const url = `${String(server_url)}/${String(repository)}/actions/runs/${String(run_id)}/artifacts/${id}`;
  call.log(`Artifact download URL: ${url}`);
  return {
    conclusion: 'success',
    outputs: { 'artifact-id': String(id), 'artifact-url': url, 'artifact-digest': digest },
  };
}

/** The files, and the folder that their names in the artifact begin at: what all search paths share. */
async function filesToUpload(
  call: ActionCall,
  path: string,
): Promise<{ readonly files: readonly string[]; readonly root: string }> {
  const { paths, searchPaths } = await globPaths(path, {
    cwd: call.workspace,
    home: call.env['HOME'] ?? call.workspace,
    excludeHidden: !booleanInput(call, 'include-hidden-files', false),
  });
  const [first = '', ...others] = searchPaths;
  if (others.length > 0) {
    const root = others.reduce(commonFolder, first);
    call.log(
      'Multiple search paths detected. Calculating the least common ancestor of all paths\n' +
        `The least common ancestor is ${root}. This will be the root directory of the artifact`,
    );
    return { files: paths, root };
  }
  return { files: paths, root: paths.length === 1 && paths[0] === first ? dirname(first) : first };
}

function commonFolder(a: string, b: string): string {
  const parts = a.split('/');
  const others = b.split('/');
  const at = parts.findIndex((part, index) => part !== others[index]);
  return parts.slice(0, at < 0 ? undefined : at).join('/') || '/';
}

export function compressionLevel(call: ActionCall): number {
  const level = Number(input(call, 'compression-level', '6'));
  if (Number.isInteger(level) && level >= 0 && level <= 9) return level;
  throw new Error('Invalid compression-level. Valid values are 0-9');
}

/** Days, no more than the repository lets; 0 stands for what it says. */
export function retention(call: ActionCall): number {
  const days = Number(input(call, 'retention-days', '0'));
  if (!Number.isInteger(days) || days < 0) throw new Error('Invalid retention-days');
  const most = Number(call.env['GITHUB_RETENTION_DAYS'] ?? 0);
  if (most === 0 || days <= most) return days;
  call.log(
    `::warning::Retention days cannot be greater than the maximum allowed retention set within the repository. Using ${most} instead.`,
  );
  return most;
}
