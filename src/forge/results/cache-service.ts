import type { Forge } from '../forge.ts';
import { createCache, finalizeCache, findCache } from './caches.ts';
import { type Fields, numberField, textField, textsField } from './fields.ts';
import type { RuntimeCaller } from './runtime-token.ts';
import { signedUrl } from './signed-url.ts';
import { TwirpError } from './twirp-error.ts';

/** `github.actions.results.api.v1.CacheService`, as @actions/cache 4 and later speak to it. */
export async function cacheService(
  forge: Forge,
  caller: RuntimeCaller,
  method: string,
  request: Fields,
  origin: string | undefined,
): Promise<unknown> {
  const key = textField(request, 'key');
  const version = textField(request, 'version');
  switch (method) {
    case 'CreateCacheEntry': {
      const row = createCache(forge, caller, { key, version });
      return { ok: true, signed_upload_url: signedUrl(forge, { name: row.blob, rights: 'w' }, origin), message: '' };
    }
    case 'FinalizeCacheEntryUpload': {
      const size = numberField(request, 'size_bytes') ?? 0;
      const row = await finalizeCache(forge, caller, { key, version, size });
      return { ok: true, entry_id: String(row.id), message: '' };
    }
    case 'GetCacheEntryDownloadURL': {
      const row = findCache(forge, caller, { key, version, restoreKeys: textsField(request, 'restore_keys') });
      if (row === undefined) return { ok: false, signed_download_url: '', matched_key: '' };
      const url = signedUrl(forge, { name: row.blob, rights: 'r', contentType: 'application/octet-stream' }, origin);
      return { ok: true, signed_download_url: url, matched_key: row.key };
    }
    default:
      throw new TwirpError('bad_route', `no handler for CacheService/${method}`);
  }
}
