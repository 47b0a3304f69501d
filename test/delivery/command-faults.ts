import { expect } from 'vitest';
import { type Case, commands, runCase, runToTheEnd } from './command-cases.ts';
import { faults } from './faults.ts';
import type { Stage } from './stage.ts';
import { clear, endOf, lastRecord } from './stage-end.ts';

type Fault = keyof typeof faults;

export interface Untroubled {
  readonly requests: number;
  /** Of each request whether it may change something. */
  readonly writes: readonly boolean[];
  readonly end: unknown;
}

export function caseOf(name: string): Case {
  const one = commands[name];
  if (one === undefined) throw new Error(`no case ${name}`);
  return one;
}

/** A token is minted by the same requests for every command: it is enough that one of them has to go through it. */
export function counts(name: string, url: string): number {
  return name !== 'bump' && /\/installation$|\/access_tokens$/.test(url) ? 0 : 1;
}

/** How many requests the command makes when nothing goes wrong, and what is there afterwards. */
export async function untroubled(stage: Stage, name: string): Promise<Untroubled> {
  const one = caseOf(name);
  const since = await lastRecord(stage);
  const words = await one.prepare(stage);
  const writes: boolean[] = [];
  stage.intercept = async (request) => {
    if (counts(name, request.url) === 1) writes.push(await isWrite(request));
    return undefined;
  };
  expect((await runCase(stage, one, words)).error).toBeUndefined();
  stage.intercept = undefined;
  await runToTheEnd(stage, one, words);
  const end = await endOf(stage, since);
  await clear(stage);
  return { requests: writes.length, writes, end };
}

async function isWrite(request: Request): Promise<boolean> {
  if (!new URL(request.url).pathname.endsWith('/graphql')) return request.method !== 'GET';
  const { query } = (await request.json()) as { query: string };
  return /^\s*mutation\b/.test(query);
}

/** What the client waits out by itself: it sends the same request again. */
const passing: readonly Fault[] = [
  '429 with retry-after',
  '403 for a secondary limit',
  '502',
  'a connection that breaks before',
];

/**
 * Does it to each request of a command, one in each run; where every one is only sent again, all in one run, since none
 * of them meets another forge than it would have alone.
 */
export async function outlivesEach(stage: Stage, name: string, fault: Fault, wanted: Untroubled): Promise<void> {
  if (passing.includes(fault) && (await outlivesAll(stage, name, fault, wanted))) return;
  for (let nth = 1; nth <= wanted.requests; nth++) {
    // An answer that is lost to one who only reads is a request that never came.
    if (fault === 'a connection that breaks after' && wanted.writes[nth - 1] === false) continue;
    await outlives(stage, name, nth, fault, wanted);
  }
}

/** Does it to each request when it is sent first; answers whether each was sent again, and none left out. */
async function outlivesAll(stage: Stage, name: string, fault: Fault, wanted: Untroubled): Promise<boolean> {
  const awaited = new Set<string>();
  let troubled = 0;
  await troubledRun(stage, name, `each request: ${fault}`, wanted, async (request, send) => {
    const text = `${request.method} ${request.url} ${await request.text()}`;
    if (awaited.delete(text)) return undefined;
    awaited.add(text);
    troubled += 1;
    return faults[fault](send);
  });
  return awaited.size === 0 && troubled === wanted.requests;
}

/** Does it to the n-th request of a command, then says the command again in peace: the same end, nothing twice. */
export async function outlives(
  stage: Stage,
  name: string,
  nth: number,
  fault: Fault,
  wanted: Untroubled,
): Promise<void> {
  let count = 0;
  await troubledRun(stage, name, `request ${nth}: ${fault}`, wanted, (_request, send) => {
    count += 1;
    return count === nth ? faults[fault](send) : undefined;
  });
}

async function troubledRun(
  stage: Stage,
  name: string,
  trouble: string,
  { end }: Untroubled,
  intercept: NonNullable<Stage['intercept']>,
): Promise<void> {
  const one = caseOf(name);
  const since = await lastRecord(stage);
  const words = await one.prepare(stage);
  stage.intercept = (request, send) => (counts(name, request.url) === 1 ? intercept(request, send) : undefined);
  await runCase(stage, one, words);
  stage.intercept = undefined;
  const told = `${name}, ${trouble}`;
  expect((await runToTheEnd(stage, one, words)).error, told).toBeUndefined();
  expect(await endOf(stage, since), told).toEqual(end);
  await clear(stage);
}
