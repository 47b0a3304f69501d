import { pipeline, Readable } from 'node:stream';
import type { ReadableStream as NodeWebStream } from 'node:stream/web';
import { createGunzip } from 'node:zlib';
import type { Context } from 'hono';
import { UnexpectedEnd } from '../../git/byte-reader.ts';
import { MalformedPacket } from '../../git/pkt-line.ts';
import type { Forge } from '../forge.ts';
import type { ForgeApp, Identity } from '../http.ts';
import { canSee, fullNameOf, hasPermission, maintainedBranches, repositoryCalled } from '../permissions.ts';
import type { Repository } from '../rows.ts';
import { words } from '../words.ts';
import { receivePack } from './receive-pack.ts';
import { repositoryFolder } from './repository-folder.ts';
import { advertiseRefs, type Service, uploadPack } from './upload-pack.ts';

type GitContext = Context<{ Variables: { identity: Identity } }>;

/** Git over HTTP under `/:owner/:repo[.git]`: info/refs, git-upload-pack, git-receive-pack. */
export function gitRoutes(app: ForgeApp, forge: Forge): void {
  app.get('/:owner/:repo/info/refs', async (c) => {
    const service = c.req.query('service');
    if (service !== 'git-upload-pack' && service !== 'git-receive-pack') {
      return refuse(c, 403, 'Please upgrade your git client.\n');
    }
    const access = admit(forge, c, service);
    return access instanceof Response
      ? access
      : advertiseRefs(repositoryFolder(forge, access.id), service, protocolOf(c));
  });
  app.post('/:owner/:repo/git-upload-pack', async (c) => {
    const access = admit(forge, c, 'git-upload-pack');
    if (access instanceof Response) return access;
    if (!hasContentType(c, 'git-upload-pack')) return refuse(c, 415, 'Unsupported Media Type\n');
    const request = { protocol: protocolOf(c), body: requestBody(c), signal: c.req.raw.signal };
    return uploadPack(repositoryFolder(forge, access.id), request);
  });
  app.post('/:owner/:repo/git-receive-pack', async (c) => {
    const access = admit(forge, c, 'git-receive-pack');
    if (access instanceof Response) return access;
    if (!hasContentType(c, 'git-receive-pack')) return refuse(c, 415, 'Unsupported Media Type\n');
    try {
      const answer = await receivePack(forge, access, c.get('identity'), requestBody(c));
      const headers = { 'Content-Type': 'application/x-git-receive-pack-result', 'Cache-Control': 'no-cache' };
      return c.body(new Uint8Array(answer), 200, headers);
    } catch (error) {
      if (isClientFault(error)) return refuse(c, 400, `${error instanceof Error ? error.message : 'bad request'}\n`);
      throw error;
    }
  });
}

/** The repository, where the identity may use the service on it; otherwise GitHub's refusal. */
function admit(forge: Forge, c: GitContext, service: Service): Repository | Response {
  const identity = c.get('identity');
  const name = `${c.req.param('owner')}/${(c.req.param('repo') ?? '').replace(/\.git$/, '')}`;
  const repository = repositoryCalled(forge, name);
  const seen = repository !== undefined && canSee(forge, identity, repository);
  if (identity.kind === 'anonymous' && (!seen || service === 'git-receive-pack')) {
    c.header('WWW-Authenticate', 'Basic realm="GitHub"');
    return refuse(c, 401, `${words.gitNotFound()}\n`);
  }
  if (repository === undefined || !seen) return refuse(c, 404, `${words.gitNotFound()}\n`);
  const level = service === 'git-receive-pack' ? 'write' : 'read';
  if (level === 'write' && repository.archivedAt !== undefined) return refuse(c, 403, `${words.gitArchived()}\n`);
  if (hasPermission(forge, identity, repository, 'contents', level)) return repository;
  // Which branches those are is asked once they are known.
  if (level === 'write' && maintainedBranches(forge, identity, repository).length > 0) return repository;
  const who = identity.account?.login ?? 'nobody';
  return refuse(c, 403, `${words.pushDenied(fullNameOf(forge, repository), who)}\n`);
}

/** The Git-Protocol header, where it is one. */
function protocolOf(c: GitContext): string {
  return /^[a-z0-9=:.-]*$/.exec(c.req.header('git-protocol') ?? '')?.[0] ?? '';
}

function hasContentType(c: GitContext, service: Service): boolean {
  return c.req.header('content-type') === `application/x-${service}-request`;
}

function rawBody(c: GitContext): Readable {
  const stream = c.req.raw.body;
  // The same thing under two names: Node types its own web streams apart from the platform's.
  if (stream === null) return Readable.from([]);
  const body = Readable.fromWeb(stream as unknown as NodeWebStream);
  // The stream alone does not tell that the client went away.
  c.req.raw.signal.addEventListener('abort', () => body.destroy(new UnexpectedEnd('the client went away')));
  return body;
}

function requestBody(c: GitContext): Readable {
  const raw = rawBody(c);
  const encoding = c.req.header('content-encoding') ?? '';
  if (encoding !== 'gzip' && encoding !== 'x-gzip') return raw;
  // Errors surface where the result is read.
  return pipeline(raw, createGunzip(), () => {});
}

/** A body that is cut short, no gzip, or no pack lines. */
function isClientFault(error: unknown): boolean {
  if (error instanceof MalformedPacket || error instanceof UnexpectedEnd) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(Z_|ERR_STREAM_PREMATURE_CLOSE|ECONNRESET|ABORT_ERR)/.test(code);
}

function refuse(c: GitContext, status: 400 | 401 | 403 | 404 | 415, text: string): Response {
  return c.text(text, status, { 'Content-Type': 'text/plain; charset=utf-8' });
}
