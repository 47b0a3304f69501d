import type { Context } from 'hono';
import { git } from '../../git/git.ts';
import { type Body, optionalFlag, optionalText, optionalTexts, readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { apiAuthor } from '../git/commit-files.ts';
import { createRef, deleteRef, updateRef } from '../git/edit-ref.ts';
import { commitTree, githubCommitter, type Signature } from '../git/merge.ts';
import {
  isTreePath,
  objectType,
  readBlob,
  readCommit,
  readTree,
  type TreeChange,
  writeBlob,
  writeTree,
} from '../git/objects.ts';
import { findRef, listRefs, type Ref, resolveCommit } from '../git/refs.ts';
import { repositoryFolder, repositoryGit } from '../git/repository-folder.ts';
import { signCommit } from '../git/signed-commits.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { nodeId } from '../node-id.ts';
import { paginate } from '../pagination.ts';
import { fullNameOf } from '../permissions.ts';
import { presentGitCommit } from '../present/commit.ts';
import type { Repository } from '../rows.ts';
import { words } from '../words.ts';
import { atRepository } from './at-repository.ts';
import { objectField } from './object-field.ts';

type RouteContext = Context<{ Variables: { identity: Identity } }>;

/** Git's own objects and refs: `git/refs`, `git/commits`, `git/trees`, `git/blobs`, `git/tags`. */
export function gitDataRoutes(app: ForgeApp, forge: Forge): void {
  refRoutes(app, forge);
  const base = '/repos/:owner/:repo/git';
  const at = (c: RouteContext, level: 'read' | 'write') => {
    const { repository, identity } = atRepository(forge, c, 'contents', level);
    const folder = repositoryFolder(forge, repository.id);
    const api = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}/git`;
    return { repository, identity, folder, api };
  };

  app.get(`${base}/commits/:sha`, async (c) => {
    const { repository, folder } = at(c, 'read');
    const commit = await readCommit(folder, c.req.param('sha'));
    if (commit === undefined) throw new ApiError(404, 'Not Found');
    return c.json(presentGitCommit(forge, repository, commit));
  });

  app.post(`${base}/commits`, async (c) => {
    const { repository, identity, folder } = at(c, 'write');
    const body = await readBody(c);
    const tree = requiredText(body, 'tree', 'Commit');
    const parents = optionalTexts(body, 'parents') ?? [];
    if ((await objectType(folder, tree)) !== 'tree') throw new ApiError(422, words.treeMissing());
    for (const parent of parents) {
      if ((await objectType(folder, parent)) !== 'commit') throw new ApiError(422, words.parentMissing());
    }
    const author = signature(objectField(body, 'author'), apiAuthor(forge, identity));
    // GitHub signs for bots that name neither ("Commit signature verification", signature verification for bots).
    const signs = identity.kind !== 'user' && body['author'] === undefined && body['committer'] === undefined;
    const committer = signs ? githubCommitter(author.at) : signature(objectField(body, 'committer'), author);
    const message = requiredText(body, 'message', 'Commit');
    const sha = await commitTree(folder, { tree, parents, message, author, committer });
    if (signs) signCommit(forge, sha);
    const commit = await readCommit(folder, sha);
    if (commit === undefined) throw new ApiError(404, 'Not Found');
    return c.json(presentGitCommit(forge, repository, commit), 201);
  });

  app.get(`${base}/trees/:sha{.+}`, async (c) => {
    const { folder, api } = at(c, 'read');
    const name = c.req.param('sha');
    const tree = (await objectType(folder, name)) === 'tree' ? name : await resolveCommit(folder, name);
    const recursive = c.req.query('recursive') !== undefined;
    if (tree === undefined) throw new ApiError(404, 'Not Found');
    return c.json(await presentTree(folder, api, tree, recursive));
  });

  app.post(`${base}/trees`, async (c) => {
    const { folder, api } = at(c, 'write');
    const body = await readBody(c);
    const from = optionalText(body, 'base_tree');
    if (from !== undefined && !['tree', 'commit'].includes((await objectType(folder, from)) ?? '')) {
      throw new ApiError(422, words.badBaseTree());
    }
    const list: unknown = body['tree'];
    if (!Array.isArray(list)) throw new ApiError(422, 'Invalid request.\n\n"tree" wasn\'t supplied.');
    const changes: TreeChange[] = [];
    for (const item of list as readonly unknown[]) changes.push(await readTreeItem(folder, item));
    return c.json(await presentTree(folder, api, await writeTree(folder, from, changes), false), 201);
  });

  app.get(`${base}/blobs/:sha`, async (c) => {
    const { folder, api } = at(c, 'read');
    const sha = c.req.param('sha');
    const bytes = (await objectType(folder, sha)) === 'blob' ? await readBlob(folder, sha) : undefined;
    if (bytes === undefined) throw new ApiError(404, 'Not Found');
    const content = bytes.toString('base64');
    const id = nodeId('Blob', sha);
    return c.json({ sha, node_id: id, size: bytes.length, url: `${api}/blobs/${sha}`, content, encoding: 'base64' });
  });

  app.post(`${base}/blobs`, async (c) => {
    const { folder, api } = at(c, 'write');
    const body = await readBody(c);
    const encoding = optionalText(body, 'encoding') === 'base64' ? 'base64' : 'utf8';
    const content = optionalText(body, 'content');
    if (content === undefined) throw new ApiError(422, 'Invalid request.\n\n"content" wasn\'t supplied.');
    const sha = await writeBlob(folder, Buffer.from(content, encoding));
    return c.json({ sha, url: `${api}/blobs/${sha}` }, 201);
  });

  app.get(`${base}/tags/:sha`, async (c) => {
    const { folder, api } = at(c, 'read');
    const sha = c.req.param('sha');
    if ((await objectType(folder, sha)) !== 'tag') throw new ApiError(404, 'Not Found');
    return c.json(await presentTag(folder, api, sha));
  });

  app.post(`${base}/tags`, async (c) => {
    const { identity, folder, api } = at(c, 'write');
    const body = await readBody(c);
    const object = requiredText(body, 'object', 'Tag');
    const type = await objectType(folder, object);
    if (type === undefined) throw new ApiError(422, words.objectMissing());
    const tagger = signature(objectField(body, 'tagger'), apiAuthor(forge, identity));
    const seconds = Math.floor(Date.parse(tagger.at) / 1000);
    const head = [`object ${object}`, `type ${type}`, `tag ${requiredText(body, 'tag', 'Tag')}`];
    const who = `tagger ${tagger.name.replaceAll(/[<>\n]/g, '')} <${tagger.email.replaceAll(/[<>\n]/g, '')}> ${seconds} +0000`;
    const input = `${[...head, who].join('\n')}\n\n${requiredText(body, 'message', 'Tag')}\n`;
    const sha = await git(['hash-object', '-t', 'tag', '-w', '--stdin'], repositoryGit(folder, { input }));
    return c.json(await presentTag(folder, api, sha), 201);
  });
}

function refRoutes(app: ForgeApp, forge: Forge): void {
  const base = '/repos/:owner/:repo/git';
  const nameOf = (c: RouteContext): string => `refs/${c.req.param('ref') ?? ''}`;

  app.get(`${base}/ref/:ref{.+}`, async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const ref = await findRef(repositoryFolder(forge, repository.id), nameOf(c));
    if (ref === undefined) throw new ApiError(404, 'Not Found');
    return c.json(presentRef(forge, repository, ref));
  });

  app.get(`${base}/matching-refs/:ref{.+}`, async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const refs = await listRefs(repositoryFolder(forge, repository.id), nameOf(c));
    return c.json(paginate(c, refs).map((ref) => presentRef(forge, repository, ref)));
  });

  app.post(`${base}/refs`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'write');
    const body = await readBody(c);
    const ref = requiredText(body, 'ref', 'Reference');
    await createRef(forge, { repository, identity, ref }, requiredText(body, 'sha', 'Reference'));
    const made = await findRef(repositoryFolder(forge, repository.id), ref);
    if (made === undefined) throw new ApiError(409, words.refNotCreated());
    return c.json(presentRef(forge, repository, made), 201);
  });

  app.patch(`${base}/refs/:ref{.+}`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'write');
    const body = await readBody(c);
    const ref = nameOf(c);
    const sha = requiredText(body, 'sha', 'Reference');
    await updateRef(forge, { repository, identity, ref }, sha, optionalFlag(body, 'force') ?? false);
    const made = await findRef(repositoryFolder(forge, repository.id), ref);
    if (made === undefined) throw new ApiError(422, words.refMissing());
    return c.json(presentRef(forge, repository, made));
  });

  app.delete(`${base}/refs/:ref{.+}`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'write');
    await deleteRef(forge, { repository, identity, ref: nameOf(c) });
    return c.body(null, 204);
  });
}

function presentRef(forge: Forge, repository: Repository, ref: Ref) {
  const base = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}/git`;
  return {
    ref: ref.name,
    node_id: nodeId('Ref', `${repository.id}:${ref.name}`),
    url: `${base}/${ref.name}`,
    object: { sha: ref.sha, type: ref.type, url: `${base}/${ref.type}s/${ref.sha}` },
  };
}

async function presentTree(folder: string, api: string, treeish: string, recursive: boolean) {
  const sha = await git(['rev-parse', `${treeish}^{tree}`], repositoryGit(folder));
  const entries = (await readTree(folder, sha, recursive)) ?? [];
  const tree = entries.map((entry) => ({
    path: entry.path,
    mode: entry.mode,
    type: entry.type,
    sha: entry.sha,
    ...(entry.size === undefined ? {} : { size: entry.size }),
    ...(entry.type === 'commit' ? {} : { url: `${api}/${entry.type}s/${entry.sha}` }),
  }));
  return { sha, url: `${api}/trees/${sha}`, tree, truncated: false };
}

async function presentTag(folder: string, api: string, sha: string) {
  const text = await git(['cat-file', 'tag', sha], repositoryGit(folder));
  const [head = '', ...rest] = text.split('\n\n');
  const field = (name: string): string => new RegExp(`^${name} (.*)$`, 'm').exec(head)?.[1] ?? '';
  const match = /^(.*) <(.*)> (\d+) /.exec(field('tagger'));
  const date = new Date(Number(match?.[3] ?? 0) * 1000).toISOString().replace('.000Z', 'Z');
  return {
    node_id: nodeId('Ref', sha),
    tag: field('tag'),
    sha,
    url: `${api}/tags/${sha}`,
    message: rest.join('\n\n'),
    tagger: { name: match?.[1] ?? '', email: match?.[2] ?? '', date },
    object: { sha: field('object'), type: field('type'), url: `${api}/${field('type')}s/${field('object')}` },
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
  };
}

async function readTreeItem(folder: string, item: unknown): Promise<TreeChange> {
  const body: Body = typeof item === 'object' && item !== null ? { ...item } : {};
  const path = requiredText(body, 'path', 'Tree');
  const mode = optionalText(body, 'mode') ?? '100644';
  if (!isTreePath(path)) throw new ApiError(422, words.badTreePath());
  if (!['100644', '100755', '040000', '160000', '120000'].includes(mode)) throw new ApiError(422, words.badTreeMode());
  if (body['sha'] === null) return { path, mode, sha: null };
  const content = optionalText(body, 'content');
  const sha = content === undefined ? requiredText(body, 'sha', 'Tree') : await writeBlob(folder, content);
  if (mode !== '160000' && (await objectType(folder, sha)) === undefined) {
    throw new ApiError(422, words.badTreeSha(sha, mode === '040000' ? 'tree' : 'blob'));
  }
  return { path, mode, sha };
}

/** Name, address and time as a request gives them; what it leaves out stays. */
export function signature(body: Body, otherwise: Signature): Signature {
  const at = optionalText(body, 'date');
  return {
    name: optionalText(body, 'name') ?? otherwise.name,
    email: optionalText(body, 'email') ?? otherwise.email,
    at: at !== undefined && !Number.isNaN(Date.parse(at)) ? new Date(at).toISOString() : otherwise.at,
  };
}
