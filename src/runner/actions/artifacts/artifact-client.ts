import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ActionCall } from '../action.ts';
import { askResults, backendIds, downloadBlob, ResultsError, uploadBlob } from '../results-client.ts';
import { unzipFile } from './zip-reader.ts';
import { type ZipEntry, zipFiles } from './zip-writer.ts';

export interface Artifact {
  readonly id: number;
  readonly name: string;
  /** `sha256:…` */
  readonly digest?: string;
}

/** Where artifacts of another run are read, with whose rights. */
export interface OtherRun {
  readonly token: string;
  /** `owner/repo` */
  readonly repository: string;
  readonly runId: string;
}

export interface Upload {
  readonly name: string;
  readonly entries: readonly ZipEntry[];
  readonly level: number;
  /** 0: what the repository says. */
  readonly retentionDays: number;
  /** Replaces one of the same name. */
  readonly overwrite: boolean;
  /** The one file as it is, instead of a zip file. */
  readonly raw?: { readonly content: AsyncIterable<Buffer>; readonly mimeType: string };
}

const forbiddenInPaths = /["<>|*?:\r\n]/;

/** @throws Error with GitHub's words for a name that is not valid or taken */
export async function uploadArtifact(
  call: ActionCall,
  upload: Upload,
): Promise<{ readonly id: number; readonly size: number; readonly digest: string }> {
  checkName(upload.name);
  for (const { name } of upload.entries) {
    const wrong = forbiddenInPaths.exec(name)?.[0];
    if (wrong !== undefined)
      throw new Error(
        `The path for one of the files in artifact is not valid: ${name}. Contains the following character: ${JSON.stringify(wrong)}`,
      );
  }
  const ids = backendIds(call);
  const asked = { ...ids, name: upload.name };
  if (upload.overwrite)
    await askResults(call, 'ArtifactService', 'DeleteArtifact', asked).catch((error: unknown) => {
      if (!(error instanceof ResultsError && error.status === 404)) throw error;
    });
  const expiresAt = new Date(Date.now() + upload.retentionDays * 86_400_000).toISOString();
  const created = await askResults(call, 'ArtifactService', 'CreateArtifact', {
    ...asked,
    version: 7,
    mime_type: upload.raw?.mimeType ?? 'application/zip',
    ...(upload.retentionDays === 0 ? {} : { expires_at: expiresAt }),
  });
  const content = upload.raw?.content ?? zipFiles(upload.entries, upload.level);
  const { size, digest } = await uploadBlob(call, String(created['signed_upload_url']), content);
  const finished = await askResults(call, 'ArtifactService', 'FinalizeArtifact', {
    ...asked,
    size: String(size),
    hash: `sha256:${digest}`,
  });
  return { id: Number(finished['artifact_id']), size, digest };
}

/** The newest of each name. */
export async function listArtifacts(call: ActionCall, other: OtherRun | undefined): Promise<readonly Artifact[]> {
  const all = other === undefined ? await listOwn(call) : await listOther(call, other);
  const newest = new Map<string, Artifact>();
  for (const one of all) if ((newest.get(one.name)?.id ?? 0) < one.id) newest.set(one.name, one);
  return [...newest.values()].sort((a, b) => b.id - a.id);
}

/** Downloads and unpacks into the folder. @throws Error when the bytes are not those that were uploaded */
export async function downloadArtifact(
  call: ActionCall,
  artifact: Artifact,
  folder: string,
  other: OtherRun | undefined,
): Promise<void> {
  const url = other === undefined ? await ownUrl(call, artifact) : await otherUrl(call, artifact, other);
  await mkdir(folder, { recursive: true });
  const file = join(call.temp, randomUUID());
  try {
    const { digest, headers } = await downloadBlob(call, url, file);
    if (artifact.digest !== undefined && artifact.digest !== `sha256:${digest}`)
      throw new Error(
        `Artifact '${artifact.name}' digest validation failed: expected ${artifact.digest}, found sha256:${digest}`,
      );
    call.log(`SHA256 digest of downloaded artifact is ${digest}`);
    if (headers.get('content-type') === 'application/zip') await unzipFile(file, folder);
    else await rename(file, join(folder, basename(fileName(headers))));
  } finally {
    await rm(file, { force: true });
  }
}

export async function deleteArtifact(call: ActionCall, name: string): Promise<void> {
  await askResults(call, 'ArtifactService', 'DeleteArtifact', { ...backendIds(call), name });
}

async function listOwn(call: ActionCall): Promise<readonly Artifact[]> {
  const { artifacts } = await askResults(call, 'ArtifactService', 'ListArtifacts', backendIds(call));
  return ((artifacts ?? []) as readonly Readonly<Record<string, unknown>>[]).map((one) => ({
    id: Number(one['database_id']),
    name: String(one['name']),
    ...(typeof one['digest'] === 'string' ? { digest: one['digest'] } : {}),
  }));
}

async function ownUrl(call: ActionCall, artifact: Artifact): Promise<string> {
  const asked = { ...backendIds(call), name: artifact.name };
  return String((await askResults(call, 'ArtifactService', 'GetSignedArtifactURL', asked))['signed_url']);
}

async function listOther(call: ActionCall, other: OtherRun): Promise<readonly Artifact[]> {
  const all: Artifact[] = [];
  for (let page = 1; ; page += 1) {
    const path = `/repos/${other.repository}/actions/runs/${other.runId}/artifacts?per_page=100&page=${page}`;
    const response = await rest(call, other, path);
    const { artifacts } = (await response.json()) as {
      artifacts: readonly { id: number; name: string; digest: string | null; expired: boolean }[];
    };
    for (const { id, name, digest, expired } of artifacts)
      if (!expired) all.push({ id, name, ...(digest === null ? {} : { digest }) });
    if (artifacts.length < 100) return all;
  }
}

async function otherUrl(call: ActionCall, artifact: Artifact, other: OtherRun): Promise<string> {
  const response = await rest(call, other, `/repos/${other.repository}/actions/artifacts/${artifact.id}/zip`);
  await response.body?.cancel();
  return response.headers.get('location') ?? '';
}

async function rest(call: ActionCall, other: OtherRun, path: string): Promise<Response> {
  const base = call.directGit === undefined ? (call.env['GITHUB_API_URL'] ?? '') : `${call.directGit}/api/v3`;
  const response = await fetch(`${base}${path}`, {
    headers: { authorization: `token ${other.token}`, accept: 'application/vnd.github+json' },
    redirect: 'manual',
    signal: call.signal,
  });
  if (response.status < 400) return response;
  const { message } = (await response.json().catch(() => ({ message: '' }))) as { message?: string };
  throw new Error(`${message ?? ''} - ${response.status} (GET ${path.split('?')[0]})`);
}

function fileName(headers: Headers): string {
  const match = /filename\*=UTF-8''([^;]+)/.exec(headers.get('content-disposition') ?? '');
  return match?.[1] === undefined ? 'artifact' : decodeURIComponent(match[1]);
}

function checkName(name: string): void {
  if (name === '') throw new Error('Provided artifact name input during validation is empty');
  const wrong = /["<>|*?:\r\n\\/]/.exec(name)?.[0];
  if (wrong !== undefined)
    throw new Error(
      `The artifact name is not valid: ${name}. Contains the following character: ${JSON.stringify(wrong)}`,
    );
}
