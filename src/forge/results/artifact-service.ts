import type { Forge } from '../forge.ts';
import type { ArtifactRow } from '../rows.ts';
import { artifactsOfRun, createArtifact, deleteArtifact, finalizeArtifact, sweepArtifacts } from './artifacts.ts';
import { type Fields, field, numberField, textField } from './fields.ts';
import { backendIds, type RuntimeCaller } from './runtime-token.ts';
import { signedUrl } from './signed-url.ts';
import { TwirpError } from './twirp-error.ts';

/** `github.actions.results.api.v1.ArtifactService`, as @actions/artifact 2 and later speak to it. */
export async function artifactService(
  forge: Forge,
  caller: RuntimeCaller,
  method: string,
  request: Fields,
  origin: string | undefined,
): Promise<unknown> {
  checkRun(caller, request);
  switch (method) {
    case 'CreateArtifact': {
      await sweepArtifacts(forge);
      const expiresAt = textField(request, 'expires_at');
      const mimeType = textField(request, 'mime_type');
      const row = createArtifact(forge, caller, {
        name: textField(request, 'name'),
        ...(expiresAt === '' ? {} : { expiresAt }),
        ...(mimeType === '' ? {} : { mimeType }),
      });
      return { ok: true, signed_upload_url: signedUrl(forge, { name: row.blob, rights: 'w' }, origin) };
    }
    case 'FinalizeArtifact': {
      const digest = textField(request, 'hash');
      const row = await finalizeArtifact(forge, caller, {
        name: textField(request, 'name'),
        size: numberField(request, 'size') ?? 0,
        ...(/^sha256:[0-9a-f]{64}$/.test(digest) ? { digest } : {}),
      });
      return { ok: true, artifact_id: String(row.id) };
    }
    case 'ListArtifacts':
      return { artifacts: list(forge, caller, request) };
    case 'GetSignedArtifactURL': {
      const row = named(forge, caller, request);
      return { signed_url: downloadUrl(forge, row, origin) };
    }
    case 'DeleteArtifact': {
      const row = named(forge, caller, request);
      await deleteArtifact(forge, row);
      return { ok: true, artifact_id: String(row.id) };
    }
    default:
      throw new TwirpError('bad_route', `no handler for ArtifactService/${method}`);
  }
}

/** Where an artifact's bytes are for an hour. */
export function downloadUrl(forge: Forge, row: ArtifactRow, origin?: string): string {
  const isZip = row.mimeType === 'application/zip';
  return signedUrl(
    forge,
    { name: row.blob, rights: 'r', contentType: row.mimeType, fileName: isZip ? `${row.name}.zip` : row.name },
    origin,
  );
}

/** A job sees the artifacts of its own run alone; those of others come through REST. */
function checkRun(caller: RuntimeCaller, request: Fields): void {
  const asked = textField(request, 'workflow_run_backend_id');
  const attempts = Array.from({ length: caller.run.attempt }, (_, index) => index + 1);
  const own = attempts.map((attempt) => backendIds({ run: caller.run, job: { id: 0, attempt } }).run);
  if (!own.includes(asked))
    throw new TwirpError('permission_denied', 'workflow_run_backend_id is not that of the token');
}

function list(forge: Forge, caller: RuntimeCaller, request: Fields): readonly unknown[] {
  const name = textField(request, 'name_filter');
  const id = field(request, 'id_filter') === undefined ? undefined : numberField(request, 'id_filter');
  return artifactsOfRun(forge, caller.run.id)
    .filter((row) => (name === '' || row.name === name) && (id === undefined || row.id === id))
    .map((row) => {
      const ids = backendIds({ run: caller.run, job: { id: row.jobId, attempt: row.attempt } });
      return {
        workflow_run_backend_id: ids.run,
        workflow_job_run_backend_id: ids.job,
        database_id: String(row.id),
        name: row.name,
        size: String(row.size ?? 0),
        created_at: row.createdAt,
        ...(row.digest === null ? {} : { digest: row.digest }),
      };
    });
}

/** The newest of that name in the attempt that is asked for, and where it has none, in the run. */
function named(forge: Forge, caller: RuntimeCaller, request: Fields): ArtifactRow {
  const name = textField(request, 'name');
  const asked = textField(request, 'workflow_run_backend_id');
  const all = artifactsOfRun(forge, caller.run.id).filter((row) => row.name === name);
  const inAttempt = all.filter(
    (row) => backendIds({ run: caller.run, job: { id: 0, attempt: row.attempt } }).run === asked,
  );
  const row = inAttempt.at(-1) ?? all.at(-1);
  if (row === undefined) throw new TwirpError('not_found', 'artifact not found');
  return row;
}
