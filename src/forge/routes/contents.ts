import type { Context } from 'hono';
import { type Body, optionalText, readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { apiAuthor, commitFiles } from '../git/commit-files.ts';
import { entryAt, readBlob, readCommit, readTree, type TreeEntry } from '../git/objects.ts';
import { readRef, resolveCommit } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { presentGitCommit } from '../present/commit.ts';
import { presentContent } from '../present/content.ts';
import type { Repository } from '../rows.ts';
import { words } from '../words.ts';
import { atRepository } from './at-repository.ts';
import { signature } from './git-data.ts';
import { objectField } from './object-field.ts';

type RouteContext = Context<{ Variables: { identity: Identity } }>;

/** Files of a branch: read, written and deleted one at a time. */
export function contentsRoutes(app: ForgeApp, forge: Forge): void {
  const path = '/repos/:owner/:repo/contents/:path{.+}';

  const answerFile = async (c: RouteContext, repository: Repository, ref: string, entry: TreeEntry) => {
    const bytes = (await readBlob(repositoryFolder(forge, repository.id), entry.sha)) ?? Buffer.alloc(0);
    if (/\.raw/.test(c.req.header('accept') ?? '')) {
      return c.body(new Uint8Array(bytes), 200, { 'Content-Type': 'application/vnd.github.raw+json; charset=utf-8' });
    }
    return c.json(presentContent(forge, repository, ref, entry, bytes));
  };

  app.get('/repos/:owner/:repo/readme', async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const ref = c.req.query('ref') ?? repository.defaultBranch;
    const folder = repositoryFolder(forge, repository.id);
    const commit = await resolveCommit(folder, ref.replace(/^refs\/(heads|tags)\//, ''));
    const entry = commit === undefined ? undefined : await findReadme(folder, commit);
    if (entry === undefined) throw new ApiError(404, 'Not Found');
    return answerFile(c, repository, ref, entry);
  });

  const read = async (c: RouteContext): Promise<Response> => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const file = (c.req.param('path') ?? '').replace(/\/$/, '');
    const folder = repositoryFolder(forge, repository.id);
    const ref = c.req.query('ref') ?? repository.defaultBranch;
    const commit = await resolveCommit(folder, ref.replace(/^refs\/(heads|tags)\//, ''));
    if (commit === undefined) {
      throw new ApiError(
        404,
        c.req.query('ref') === undefined ? words.repositoryEmpty() : words.commitOfRefMissing(ref),
      );
    }
    const entry = await entryAt(folder, commit, file);
    if (entry === undefined) throw new ApiError(404, 'Not Found');
    if (entry.type === 'tree') {
      const children = (await readTree(folder, entry.sha)) ?? [];
      const inside = (name: string): string => (file === '' ? name : `${file}/${name}`);
      return c.json(
        children.map((child) => presentContent(forge, repository, ref, { ...child, path: inside(child.path) })),
      );
    }
    return answerFile(c, repository, ref, entry);
  };
  app.get(path, read);
  app.get('/repos/:owner/:repo/contents', read);
  app.get('/repos/:owner/:repo/contents/', read);

  app.put(path, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'write');
    const body = await readBody(c);
    const content = Buffer.from(requiredContent(body), 'base64');
    return write(forge, c, repository, identity, body, content);
  });

  app.delete(path, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'write');
    const query: Body = Object.fromEntries(Object.entries(c.req.query()));
    return write(forge, c, repository, identity, { ...query, ...(await readBody(c)) }, null);
  });
}

/** Where GitHub looks for it, in its order (docs.github.com, "About the repository README file"). */
async function findReadme(folder: string, commit: string): Promise<TreeEntry | undefined> {
  for (const place of ['.github', '', 'docs']) {
    const tree = place === '' ? commit : (await entryAt(folder, commit, place))?.sha;
    const entries = tree === undefined ? [] : ((await readTree(folder, tree)) ?? []);
    const found = entries.find((one) => one.type === 'blob' && /^readme(?:\.\w+)?$/i.test(one.path));
    if (found !== undefined) return { ...found, path: place === '' ? found.path : `${place}/${found.path}` };
  }
  return undefined;
}

function requiredContent(body: Body): string {
  const content = optionalText(body, 'content');
  if (content === undefined) throw new ApiError(422, 'Invalid request.\n\n"content" wasn\'t supplied.');
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(content)) throw new ApiError(422, words.notBase64());
  return content;
}

async function write(
  forge: Forge,
  c: RouteContext,
  repository: Repository,
  identity: Identity,
  body: Body,
  content: Uint8Array | null,
): Promise<Response> {
  const path = c.req.param('path') ?? '';
  const folder = repositoryFolder(forge, repository.id);
  const branch = (optionalText(body, 'branch') ?? repository.defaultBranch).replace(/^refs\/heads\//, '');
  const message = requiredText(body, 'message', 'Commit');
  const head = readRef(folder, `refs/heads/${branch}`);
  if (head === undefined && (branch !== repository.defaultBranch || content === null)) {
    throw new ApiError(404, words.contentsBranchMissing(branch));
  }
  const entry = head === undefined ? undefined : await entryAt(folder, head, path);
  const sha = optionalText(body, 'sha');
  if (entry === undefined && content === null) throw new ApiError(404, 'Not Found');
  if (entry !== undefined && sha === undefined) throw new ApiError(422, words.invalidRequest(words.notSupplied('sha')));
  if (sha !== undefined && entry?.sha !== sha) throw new ApiError(409, words.shaDiffers(path, sha));
  const author = signature(
    objectField(body, 'author'),
    signature(objectField(body, 'committer'), apiAuthor(forge, identity)),
  );
  const given = body['committer'] === undefined ? undefined : signature(objectField(body, 'committer'), author);
  const result = await commitFiles(forge, {
    repository,
    identity,
    branch,
    ...(head === undefined ? {} : { expectedHead: head }),
    files: [{ path, content, ...(entry === undefined ? {} : { mode: entry.mode }) }],
    message,
    ...(body['author'] === undefined && given === undefined ? {} : { author }),
    ...(given === undefined ? {} : { committer: given }),
  });
  const commit = await readCommit(folder, result.sha);
  const made = content === null ? undefined : await entryAt(folder, result.sha, path);
  return c.json(
    {
      content: made === undefined ? null : presentContent(forge, repository, branch, made),
      commit: commit === undefined ? null : presentGitCommit(forge, repository, commit),
    },
    entry === undefined ? 201 : 200,
  );
}
