import type { Forge } from '../forge.ts';
import type { TreeEntry } from '../git/objects.ts';
import { fullNameOf } from '../permissions.ts';
import type { Repository } from '../rows.ts';

/** A file, link, submodule or folder of `contents`; with its bytes where one file was asked for. */
export function presentContent(forge: Forge, repository: Repository, ref: string, entry: TreeEntry, bytes?: Buffer) {
  const name = fullNameOf(forge, repository);
  const path = entry.path.split('/').map(encodeURIComponent).join('/');
  const url = `${forge.urls.api}/repos/${name}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const kind = entry.type === 'tree' ? 'tree' : 'blob';
  const html = `${forge.urls.html}/${name}/${kind}/${ref}/${path}`;
  const gitUrl = `${forge.urls.api}/repos/${name}/git/${kind}s/${entry.sha}`;
  const type = { blob: entry.mode === '120000' ? 'symlink' : 'file', tree: 'dir', commit: 'submodule' }[entry.type];
  const download = type === 'file' ? `${forge.urls.html}/${name}/raw/${ref}/${path}` : null;
  return {
    name: entry.path.split('/').at(-1) ?? '',
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url,
    html_url: html,
    git_url: gitUrl,
    download_url: download,
    type,
    // GitHub breaks base64 after 60 characters.
    ...(bytes === undefined
      ? {}
      : { content: bytes.toString('base64').replaceAll(/.{1,60}/g, '$&\n'), encoding: 'base64' }),
    _links: { self: url, git: gitUrl, html },
  };
}
