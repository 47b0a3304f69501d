import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gitEnv, runGit, spawnGit } from '../../git/git.ts';
import { tooLong } from '../../git/git-starter.ts';
import { flushPacket, packet } from '../../git/pkt-line.ts';
import { type Beginning, beginning, whole } from './beginning.ts';
import { repositoryGit } from './repository-folder.ts';

export type Service = 'git-upload-pack' | 'git-receive-pack';

/** Version 2 names no refs: what a repository says is the same as long as its configuration is. */
const capabilities = new Map<string, string>();

/** The answer to `/info/refs`: what http-backend would send (gitprotocol-http). */
export async function advertiseRefs(folder: string, service: Service, protocol: string): Promise<Response> {
  // Pushes know no version 2.
  const second = service === 'git-upload-pack' && /(^|:)version=2(:|$)/.test(protocol);
  const known = second ? capabilities.get(folder) : undefined;
  const text = known ?? (await readAdvertisement(folder, service, second ? protocol : ''));
  if (second) capabilities.set(folder, text);
  const head = second ? '' : Buffer.concat([packet(`# service=${service}\n`), flushPacket]).toString('latin1');
  return new Response(Buffer.from(head + text, 'latin1'), {
    headers: {
      'Content-Type': `application/x-${service}-advertisement`,
      'Cache-Control': 'no-cache, max-age=0, must-revalidate',
    },
  });
}

async function readAdvertisement(folder: string, service: Service, protocol: string): Promise<string> {
  const command = service.slice('git-'.length);
  const env: Record<string, string> = protocol === '' ? {} : { GIT_PROTOCOL: protocol };
  const options = repositoryGit(folder, { env });
  return (await runGit([command, '--stateless-rpc', '--advertise-refs', '.'], options)).stdout.toString('latin1');
}

/** A fetch as it came. */
export interface FetchRequest {
  /** The Git-Protocol header. */
  readonly protocol: string;
  readonly body: Readable;
  readonly signal: AbortSignal;
}

/** Bytes of a request, and of an answer, that are held in memory. */
const shortRequest = 64 * 1024;
const shortAnswer = 4 * 1024 * 1024;

/** Repositories whose packs were once longer: they are streamed from then on, without trying. */
const long = new Set<string>();

/**
 * Answers a fetch. What is short is asked of the process that starts git cheaply; all else is streamed through a git of
 * its own, request and answer. 400 where git cannot make sense of the request.
 */
export async function uploadPack(folder: string, request: FetchRequest): Promise<Response> {
  // One that is cut short, or no gzip.
  const begun = await beginning(request.body, shortRequest).catch(() => undefined);
  if (begun === undefined) return badRequest();
  if (begun.rest === undefined && !long.has(folder)) {
    const answer = await shortlyAnswered(folder, request, begun.start);
    if (answer !== undefined) return answer;
    long.add(folder);
  }
  return streamed(folder, request, begun);
}

/** Undefined where the answer is too long for that. */
async function shortlyAnswered(folder: string, request: FetchRequest, input: Buffer): Promise<Response | undefined> {
  const { starter, ...options } = gitOptions(folder, request);
  try {
    const asked = { args: command, cwd: folder, env: gitEnv(options), input, most: shortAnswer };
    const { code, stdout } = await starter.run(asked, request.signal);
    return code !== 0 && stdout.length === 0 ? badRequest() : answered(new Uint8Array(stdout));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === tooLong) return undefined;
    throw error;
  }
}

async function streamed(folder: string, request: FetchRequest, begun: Beginning): Promise<Response> {
  const child = spawnGit(command, { ...gitOptions(folder, request), signal: request.signal });
  child.stderr.resume();
  // A client that goes away ends git; what that breaks is nobody's concern.
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  const exited = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)));
  pipeline(whole(begun), child.stdin).catch(() => child.stdin.destroy());
  const chunks = child.stdout[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true && (await exited) !== 0) return badRequest();
  return answered(
    new ReadableStream<Uint8Array>({
      start: (controller) => {
        if (first.done === true) controller.close();
        else controller.enqueue(first.value);
      },
      pull: async (controller) => {
        const next = await chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: () => {
        child.stdout.destroy();
      },
    }),
  );
}

const command = ['upload-pack', '--stateless-rpc', '.'];

function gitOptions(folder: string, { protocol }: FetchRequest): ReturnType<typeof repositoryGit> {
  return repositoryGit(folder, { env: protocol === '' ? {} : { GIT_PROTOCOL: protocol } });
}

function answered(body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>): Response {
  const headers = { 'Content-Type': 'application/x-git-upload-pack-result', 'Cache-Control': 'no-cache' };
  return new Response(body, { headers });
}

const badRequest = (): Response => new Response('bad request\n', { status: 400 });
