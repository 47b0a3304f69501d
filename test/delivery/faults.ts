import { expect } from 'vitest';
import { bumpCommand } from '../../src/cli/ci/bump.ts';
import type { Outcome, Stage } from './stage.ts';

/** What GitHub, or the way to it, may do to one request. */
export const faults = {
  '403': () => refuse(403),
  '404': () => refuse(404),
  '409': () => refuse(409),
  '422': () => refuse(422),
  '429 with retry-after': () => refuse(429, { 'retry-after': '1' }),
  '403 for a secondary limit': () => refuse(403, { 'retry-after': '60' }),
  '502': () => refuse(502),
  'a connection that breaks before': () => {
    throw new Error('ECONNREFUSED');
  },
  'a connection that breaks after': async (send: () => Promise<Response>) => {
    await send();
    throw new Error('ECONNRESET');
  },
} satisfies Record<string, (send: () => Promise<Response>) => Response | Promise<Response>>;

function refuse(status: number, headers: Record<string, string> = {}): Response {
  return new Response('{"message":"no"}', { status, headers: { 'content-type': 'application/json', ...headers } });
}

let made = 0;

/** A digest that nobody has seen. */
export function newDigest(): string {
  made += 1;
  return `sha256:${String(made).padStart(64, '0').split('').reverse().join('')}`;
}

export function bump(stage: Stage, digest: string): Promise<Outcome> {
  return stage.run(bumpCommand, ['--service', 'api', '--digest', digest, '--image', 'ghcr.io/acme/api']);
}

/** How many requests a bump makes that takes the place of another. */
export async function countRequests(stage: Stage): Promise<number> {
  await bump(stage, newDigest());
  let count = 0;
  stage.intercept = () => {
    count += 1;
    return undefined;
  };
  expect((await bump(stage, newDigest())).error).toBeUndefined();
  stage.intercept = undefined;
  return count;
}

/** Does it to the n-th request of a bump, then bumps again in peace: one pull request, armed, and no branch besides. */
export async function survive(stage: Stage, nth: number, fault: keyof typeof faults, forever = false): Promise<void> {
  const digest = newDigest();
  let count = 0;
  stage.intercept = (_request, send) => {
    count += 1;
    if (count === nth) return faults[fault](send);
    if (forever && count > nth) throw new Error('dead');
    return undefined;
  };
  await bump(stage, digest);
  stage.intercept = undefined;
  const again = await bump(stage, digest);
  expect(again.error, `request ${nth}: ${fault}`).toBeUndefined();
  const pulls = await stage.api<{ title: string; auto_merge: unknown; head: { ref: string } }[]>(
    'GET',
    '/repos/acme/infra/pulls',
  );
  const branch = `trunkline/bump/dev/api-${digest.slice(7, 19)}`;
  expect(
    pulls.map((pull) => [pull.head.ref, pull.auto_merge !== null]),
    `request ${nth}: ${fault}`,
  ).toEqual([[branch, true]]);
  const branches = await stage.api<{ name: string }[]>('GET', '/repos/acme/infra/branches?per_page=100');
  const own = branches.map((one) => one.name).filter((name) => name.startsWith('trunkline/'));
  expect(own, `request ${nth}: ${fault}`).toEqual([branch]);
}
