import { expect } from 'vitest';
import { type Case, commands, runCase, runToTheEnd } from './command-cases.ts';
import { faults } from './faults.ts';
import type { Stage } from './stage.ts';
import { clear, endOf, lastRecord } from './stage-end.ts';

export interface Untroubled {
  readonly requests: number;
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
  let requests = 0;
  stage.intercept = (request) => {
    requests += counts(name, request.url);
    return undefined;
  };
  expect((await runCase(stage, one, words)).error).toBeUndefined();
  stage.intercept = undefined;
  await runToTheEnd(stage, one, words);
  const end = await endOf(stage, since);
  await clear(stage);
  return { requests, end };
}

/** Does it to the n-th request of a command, then says the command again in peace: the same end, nothing twice. */
export async function outlives(
  stage: Stage,
  name: string,
  nth: number,
  fault: keyof typeof faults,
  { end }: Untroubled,
): Promise<void> {
  const one = caseOf(name);
  const since = await lastRecord(stage);
  const words = await one.prepare(stage);
  let count = 0;
  stage.intercept = (request, send) => {
    const counted = counts(name, request.url);
    count += counted;
    return counted === 1 && count === nth ? faults[fault](send) : undefined;
  };
  await runCase(stage, one, words);
  stage.intercept = undefined;
  const told = `${name}, request ${nth}: ${fault}`;
  expect((await runToTheEnd(stage, one, words)).error, told).toBeUndefined();
  expect(await endOf(stage, since), told).toEqual(end);
  await clear(stage);
}
