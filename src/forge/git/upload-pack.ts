import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { runGit, spawnGit } from '../../git/git.ts';
import { flushPacket, packet } from './pkt-line.ts';
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

/** Answers a fetch: request and answer are streamed through git itself. 400 where it cannot make sense of the request. */
export async function uploadPack(
  folder: string,
  request: { readonly protocol: string; readonly body: Readable; readonly signal: AbortSignal },
): Promise<Response> {
  const env: Record<string, string> = request.protocol === '' ? {} : { GIT_PROTOCOL: request.protocol };
  const options = repositoryGit(folder, { env, signal: request.signal });
  const child = spawnGit(['upload-pack', '--stateless-rpc', '.'], options);
  child.stderr.resume();
  // A client that goes away ends git; what that breaks is nobody's concern.
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  const exited = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)));
  pipeline(request.body, child.stdin).catch(() => child.stdin.destroy());
  const chunks = child.stdout[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true && (await exited) !== 0) return new Response('bad request\n', { status: 400 });
  const body = new ReadableStream<Uint8Array>({
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
  });
  return new Response(body, {
    headers: { 'Content-Type': 'application/x-git-upload-pack-result', 'Cache-Control': 'no-cache' },
  });
}
