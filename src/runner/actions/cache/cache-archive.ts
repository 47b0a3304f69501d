import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { findProgram } from '../../process/find-program.ts';
import { githubGrace, runProcess } from '../../process/run-process.ts';
import type { ActionCall } from '../action.ts';
import { globPaths } from '../glob.ts';
import { askResults, downloadBlob, ResultsError, uploadBlob } from '../results-client.ts';

/** What a cache is packed with; part of its version, so that whoever lacks zstd does not find what it packed. */
type Compression = 'zstd-without-long' | 'gzip';

export interface CacheRequest {
  /** As the input gives them, a pattern each. */
  readonly paths: readonly string[];
  readonly key: string;
  readonly restoreKeys: readonly string[];
  readonly lookupOnly: boolean;
}

/** Finds and unpacks a cache as @actions/cache does; answers the key that matched. */
export async function restoreCache(call: ActionCall, request: CacheRequest): Promise<string | undefined> {
  const keys = [request.key, ...request.restoreKeys];
  if (keys.length > 10) throw new Error('Key Validation Error: Keys are limited to a maximum of 10.');
  for (const key of keys) checkKey(key);
  const compression = await compressionOf(call);
  const found = await askResults(call, 'CacheService', 'GetCacheEntryDownloadURL', {
    key: request.key,
    restore_keys: request.restoreKeys,
    version: cacheVersion(request.paths, compression),
  });
  if (found['ok'] !== true) return undefined;
  const matched = String(found['matched_key']);
  call.log(matched === request.key ? `Cache hit for: ${matched}` : `Cache hit for restore-key: ${matched}`);
  if (request.lookupOnly) {
    call.log('Lookup only - skipping download');
    return matched;
  }
  const archive = join(call.temp, `${randomUUID()}.cache`);
  try {
    await downloadBlob(call, String(found['signed_download_url']), archive);
    const program = compression === 'gzip' ? ['-z'] : ['--use-compress-program', 'unzstd'];
    await tar(call, ['-xf', archive, '-P', '-C', call.workspace, ...program], call.workspace);
    call.log('Cache restored successfully');
  } finally {
    await rm(archive, { force: true });
  }
  return matched;
}

/** Packs and saves; answers whether it was new. A key that is there is left as it is. */
export async function saveCache(call: ActionCall, paths: readonly string[], key: string): Promise<boolean> {
  checkKey(key);
  const found = await globPaths(paths.join('\n'), {
    cwd: call.workspace,
    home: call.env['HOME'] ?? call.workspace,
    implicitDescendants: false,
  });
  if (found.paths.length === 0)
    throw new Error(
      'Path Validation Error: Path(s) specified in the action for caching do(es) not exist, hence no cache is being saved.',
    );
  const compression = await compressionOf(call);
  const version = cacheVersion(paths, compression);
  const folder = join(call.temp, randomUUID());
  await mkdir(folder);
  try {
    const names = found.paths.map((path) => relative(call.workspace, path) || '.');
    await writeFile(join(folder, 'manifest.txt'), names.join('\n'));
    const archive = join(folder, compression === 'gzip' ? 'cache.tgz' : 'cache.tzst');
    const program = compression === 'gzip' ? ['-z'] : ['--use-compress-program', 'zstdmt'];
    const from = ['-P', '-C', call.workspace, '--verbatim-files-from', '--files-from', join(folder, 'manifest.txt')];
    await tar(call, ['--posix', '-cf', archive, ...from, ...program], folder);
    const created = await askResults(call, 'CacheService', 'CreateCacheEntry', { key, version }).catch(reserved);
    if (created === undefined) {
      call.log(`Failed to save: Unable to reserve cache with key ${key}, another job may be creating this cache.`);
      return false;
    }
    const { size } = await uploadBlob(call, String(created['signed_upload_url']), createReadStream(archive));
    await askResults(call, 'CacheService', 'FinalizeCacheEntryUpload', { key, version, size_bytes: String(size) });
    call.log(`Cache saved with key: ${key}`);
    return true;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function reserved(error: unknown): undefined {
  if (error instanceof ResultsError && error.status === 409) return undefined;
  throw error;
}

/** As @actions/cache computes it, so that either finds what the other saved. */
function cacheVersion(paths: readonly string[], compression: Compression): string {
  return createHash('sha256')
    .update([...paths, compression, '1.0'].join('|'))
    .digest('hex');
}

async function compressionOf(call: ActionCall): Promise<Compression> {
  return (await findProgram('zstd', call.env['PATH'] ?? '')) === undefined ? 'gzip' : 'zstd-without-long';
}

function checkKey(key: string): void {
  if (key.length > 512) throw new Error(`Key Validation Error: ${key} cannot be larger than 512 characters.`);
  if (!/^[^,]*$/.test(key)) throw new Error(`Key Validation Error: ${key} cannot contain commas.`);
}

async function tar(call: ActionCall, args: readonly string[], cwd: string): Promise<void> {
  call.log(`[command]tar ${args.join(' ')}`);
  await mkdir(call.workspace, { recursive: true });
  const { exitCode, aborted } = await runProcess({
    file: 'tar',
    args,
    cwd,
    env: call.env,
    onLines: (lines) => {
      for (const line of lines) call.log(line);
    },
    signal: call.signal,
    grace: githubGrace,
  });
  if (aborted) throw new Error('The operation was canceled.');
  if (exitCode !== 0) throw new Error(`tar failed with error: the process exited with code ${exitCode}`);
}
