import type { Forge } from '../forge.ts';
import type { ArtifactRow, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { BlobStore } from './blob-store.ts';
import type { RuntimeCaller } from './runtime-token.ts';
import { TwirpError } from './twirp-error.ts';

const day = 86_400_000;
/** GitHub's default, and the most that a public repository may have. */
export const retentionDays = 90;
/** What no file system shall have to keep (actions/toolkit, artifact name validation). */
const forbidden = /["<>|*?\r\n:\\/]/;

/** Opens an artifact for its upload. A name that was taken by an upload that never ended is free. */
export function createArtifact(
  forge: Forge,
  caller: RuntimeCaller,
  wanted: { readonly name: string; readonly expiresAt?: string; readonly mimeType?: string },
): ArtifactRow {
  const { name } = wanted;
  if (name === '' || name.length > 256 || forbidden.test(name) || name === '.' || name === '..')
    throw new TwirpError('invalid_argument', `the artifact name ${JSON.stringify(name)} is not valid`);
  const { run, job } = caller;
  const latest = forge.clock.now() + retentionDays * day;
  const asked = wanted.expiresAt === undefined ? latest : Date.parse(wanted.expiresAt);
  if (Number.isNaN(asked)) throw new TwirpError('invalid_argument', 'expires_at must be a time');
  return forge.store.transaction(() => {
    const same = forge.store.artifacts
      .by('run', run.id)
      .find((one) => one.attempt === job.attempt && one.name === name);
    if (same !== undefined && same.size !== null)
      throw new TwirpError('already_exists', 'an artifact with this name already exists on the workflow run');
    if (same !== undefined) forge.store.artifacts.delete(same.id);
    const row: ArtifactRow = {
      id: forge.store.next('artifacts'),
      repositoryId: run.repositoryId,
      runId: run.id,
      attempt: job.attempt,
      jobId: job.id,
      name,
      size: null,
      digest: null,
      mimeType: wanted.mimeType ?? 'application/zip',
      blob: Buffer.from(forge.random(16)).toString('hex'),
      createdAt: timestamp(forge),
      updatedAt: timestamp(forge),
      expiresAt: new Date(Math.min(asked, latest)).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    };
    forge.store.artifacts.put(row);
    return row;
  });
}

/** The upload has ended; from now on the artifact is seen. */
export async function finalizeArtifact(
  forge: Forge,
  caller: RuntimeCaller,
  wanted: { readonly name: string; readonly size: number; readonly digest?: string },
): Promise<ArtifactRow> {
  const row = forge.store.artifacts
    .by('run', caller.run.id)
    .find((one) => one.attempt === caller.job.attempt && one.name === wanted.name);
  if (row === undefined) throw new TwirpError('not_found', 'artifact not found');
  const blobs = new BlobStore(forge);
  const size = await blobs.size(row.blob);
  if (size === undefined) throw new TwirpError('invalid_argument', 'nothing was uploaded for this artifact');
  if (size !== wanted.size)
    throw new TwirpError('invalid_argument', `expected ${wanted.size} bytes of the artifact, found ${size}`);
  const digest = wanted.digest ?? (await blobs.digest(row.blob));
  const done: ArtifactRow = { ...row, size, digest, updatedAt: timestamp(forge) };
  forge.store.transaction(() => forge.store.artifacts.put(done));
  return done;
}

/** Uploaded and not expired, oldest first. */
export function artifactsOfRun(forge: Forge, runId: number): readonly ArtifactRow[] {
  return forge.store.artifacts.by('run', runId).filter((one) => one.size !== null && !isExpired(forge, one));
}

/** Uploaded, expired ones included, newest first, as REST lists them. */
export function artifactsOfRepository(forge: Forge, repository: Repository): readonly ArtifactRow[] {
  return forge.store.artifacts
    .by('repository', repository.id)
    .filter((one) => one.size !== null)
    .toReversed();
}

export function isExpired(forge: Forge, row: ArtifactRow): boolean {
  return Date.parse(row.expiresAt) <= forge.clock.now();
}

export async function deleteArtifact(forge: Forge, row: ArtifactRow): Promise<void> {
  forge.store.transaction(() => forge.store.artifacts.delete(row.id));
  await new BlobStore(forge).remove(row.blob);
}

/** Frees the disk of what has expired and of uploads that their job left unfinished. */
export async function sweepArtifacts(forge: Forge): Promise<void> {
  const blobs = new BlobStore(forge);
  for (const row of [...forge.store.artifacts.values()]) {
    const abandoned = row.size === null && forge.store.jobs.get(row.jobId)?.status === 'completed';
    if (abandoned) await deleteArtifact(forge, row);
    else if (isExpired(forge, row)) await blobs.remove(row.blob);
  }
}
