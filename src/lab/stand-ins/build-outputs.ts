import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { type ActionCall, input } from '../../runner/actions/action.ts';
import type { AssembledImage } from '../image/push-image.ts';
import { writeArchive, writeLayout } from '../image/write-archive.ts';

/** A line of `outputs` (docs.docker.com/build/exporters), as far as the stand-in carries it out. */
export interface BuildOutput {
  readonly name?: string;
  readonly pushes: boolean;
  readonly archive?: Archive;
}

interface Archive {
  readonly type: 'oci' | 'docker';
  /** As the workflow names it. */
  readonly to: string;
  /** One tar; a folder otherwise. */
  readonly tar: boolean;
}

const kept = ['image', 'registry', 'cacheonly'];

/** @throws Error for an exporter that only an engine has, and for an archive without a place */
export function readOutputs(call: ActionCall): readonly BuildOutput[] {
  return input(call, 'outputs')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(readOutput);
}

function readOutput(line: string): BuildOutput {
  // A value with a comma stands in quotes, as in CSV.
  const fields = [...line.matchAll(/"((?:[^"]|"")*)"|[^,]+/g)].map(
    ([text, quoted]) => quoted?.replaceAll('""', '"') ?? text,
  );
  const pairs = new Map(
    fields.map((field) => [field.split('=', 1)[0]?.trim() ?? '', field.slice(field.indexOf('=') + 1)]),
  );
  // A path alone is the exporter `local`.
  const type = pairs.get('type') ?? (line.includes('=') ? '' : 'local');
  const name = pairs.get('name');
  const shared = {
    ...(name === undefined ? {} : { name }),
    pushes: type === 'registry' || pairs.get('push') === 'true',
  };
  if (kept.includes(type)) return shared;
  if (type !== 'oci' && type !== 'docker')
    throw new Error(
      `the stand-in writes images to registries and to archives of type oci and docker, not to "${line}"`,
    );
  const to = pairs.get('dest');
  if (to === undefined) {
    // `type=docker` alone leads to the engine's own store, where nobody of the lab looks.
    if (type === 'docker') return shared;
    throw new Error('buildx failed with: ERROR: dest is required for oci exporter');
  }
  return { ...shared, archive: { type, to, tar: pairs.get('tar') !== 'false' } };
}

/** Writes it where the workflow says, inside of the job's own folders. @throws Error for any other place */
export async function writeOutput(
  call: ActionCall,
  image: AssembledImage,
  { type, to, tar }: Archive,
  names: readonly string[],
): Promise<void> {
  const path = resolve(call.workspace, to);
  const folder = await realpath(dirname(path)).catch(() => {
    throw new Error(`buildx failed with: ERROR: open ${to}: no such file or directory`);
  });
  const homes = await Promise.all([call.workspace, call.temp].map((home) => realpath(home)));
  if (!homes.some((home) => folder === home || folder.startsWith(home + sep)))
    throw new Error(`the archive ${to} would lie outside the job's folders`);
  const write = tar ? writeArchive : writeLayout;
  await write(image, { type, names }, join(folder, basename(path)));
  call.log(`wrote ${image.digest} to ${to}`);
}
