import { mkdtemp, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type ActionCall, type ActionResult, type BuiltInAction, booleanInput, input } from '../action.ts';
import { globPaths, namePattern } from '../glob.ts';
import { deleteArtifact, downloadArtifact, listArtifacts } from './artifact-client.ts';
import { compressionLevel, publish, retention } from './upload-artifact.ts';

/** actions/upload-artifact/merge: several artifacts of the run become one. */
export const mergeArtifactsAction: BuiltInAction = {
  name: 'actions/upload-artifact/merge',
  fidelity: 'built-in',
  run,
};

async function run(call: ActionCall): Promise<ActionResult> {
  const pattern = input(call, 'pattern', '*');
  const matches = namePattern(pattern);
  const all = (await listArtifacts(call, undefined)).filter((one) => matches.test(one.name));
  if (all.length === 0) throw new Error(`No artifacts were found that match the pattern '${pattern}'`);
  const apart = booleanInput(call, 'separate-directories', false);
  const folder = await mkdtemp(join(call.temp, 'merge-artifact-'));
  try {
    // Oldest first, so that of two files of one name the newer stays.
    for (const one of all.toReversed()) {
      await downloadArtifact(call, one, apart ? join(folder, one.name) : folder, undefined);
    }
    call.log(`All artifacts that match '${pattern}' were downloaded: ${all.length}`);
    const excludeHidden = !booleanInput(call, 'include-hidden-files', false);
    const { paths } = await globPaths(folder, { cwd: folder, home: folder, excludeHidden });
    const result = await publish(call, {
      name: input(call, 'name', 'merged-artifacts'),
      entries: paths.map((file) => ({ name: relative(folder, file), file })),
      level: compressionLevel(call),
      retentionDays: retention(call),
      overwrite: false,
    });
    if (booleanInput(call, 'delete-merged', false)) {
      for (const one of all) await deleteArtifact(call, one.name);
      call.log('Deleted the artifacts that were merged');
    }
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
