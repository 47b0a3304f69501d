import type { Digest } from '../model/digest.ts';
import type { Ports } from '../ports.ts';
import { readBody } from './read-body.ts';

export interface HealthOptions {
  readonly url: string;
  /** Milliseconds. */
  readonly timeout: number;
  /** Where the answer is JSON with a digest, it must be this one: the old release may still be the one that answers. */
  readonly digest: Digest;
  readonly ports: Pick<Ports, 'fetch' | 'clock' | 'interrupted'>;
}

/** More of an answer is not read. */
const largest = 64 * 1024;

/** Asks until the URL answers 200; undefined when it did, otherwise what was found last. */
export async function waitHealthy({ url, timeout, digest, ports }: HealthOptions): Promise<string | undefined> {
  const end = ports.clock.now() + timeout;
  for (let pause = 25; ; pause = Math.min(250, pause * 2)) {
    const found = await ask(url, digest, ports, Math.min(5_000, Math.max(1_000, end - ports.clock.now())));
    if (found === undefined) return undefined;
    if (ports.clock.now() >= end || ports.interrupted.aborted) return found;
    await ports.clock.sleep(Math.min(pause, Math.max(1, end - ports.clock.now())), ports.interrupted);
  }
}

async function ask(
  url: string,
  digest: Digest,
  ports: HealthOptions['ports'],
  timeout: number,
): Promise<string | undefined> {
  try {
    const response = await ports.fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.any([ports.interrupted, AbortSignal.timeout(timeout)]),
    });
    const { text } = await readBody(response, largest);
    if (response.status !== 200) return `${response.status} ${text.slice(0, 200).replaceAll(/\s+/g, ' ')}`.trim();
    const serving = digestOf(text);
    return serving === undefined || serving === digest ? undefined : `200 from ${serving}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    return error instanceof Error ? `${error.message}${cause}` : String(error);
  }
}

function digestOf(text: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const found = typeof parsed === 'object' && parsed !== null && 'digest' in parsed ? parsed.digest : undefined;
    return typeof found === 'string' && found.startsWith('sha256:') ? found : undefined;
  } catch {
    return undefined;
  }
}
