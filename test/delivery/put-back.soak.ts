import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDigest } from './faults.ts';
import { openPutBackStage, type PutBackStage } from './put-back-stage.ts';

let back: PutBackStage;
beforeAll(async () => {
  back = await openPutBackStage();
});
afterAll(() => back.stage.close());

interface End {
  readonly rollbacks: readonly string[];
  readonly pin: string;
  readonly holds: number;
  readonly issues: number;
}

/** One release that serves, and one after it that answers wrongly: what is there at the end of it. */
async function fail(jobs: (commit: string) => Promise<void>): Promise<End> {
  const [good, bad] = [newDigest(), newDigest()];
  const short = (digest: string): string => digest.slice(7, 19);
  Object.assign(back, { well: { api: good }, serving: { api: good } });
  back.told.length = 0;
  await back.merge({ api: good, web: '' });
  expect((await back.deploy()).code).toBe(0);
  const commit = await back.merge({ api: bad, web: '' });
  back.serving = { api: bad };
  await jobs(commit);
  await back.stage.forge.settled();
  const { api } = back.stage;
  const holds = await api<{ content: string; sha: string }>('GET', `${infra}/contents/.trunkline/holds.yaml`);
  const all = await api<{ title: string }[]>('GET', `${infra}/pulls?state=all&per_page=100`);
  const issues = await api<{ title: string; pull_request?: unknown }[]>('GET', `${infra}/issues?per_page=100`);
  const end = {
    rollbacks: all
      .filter(({ title }) => title.includes(short(good)))
      .map(({ title }) => title.replace(short(good), '#')),
    pin: (await back.stage.pin('dev')).replace(good, '#'),
    holds:
      Buffer.from(holds.content, 'base64')
        .toString()
        .match(/service: api/g)?.length ?? 0,
    issues: issues.filter((one) => one.pull_request === undefined && one.title.includes(short(good))).length,
  };
  const path = `${infra}/contents/.trunkline/holds.yaml`;
  await api('DELETE', path, { message: 'go on', sha: holds.sha });
  return end;
}
const infra = '/repos/acme/infra';

/** The jobs of the workflow, one after the other: the second begins where the first says that something failed. */
async function run(commit: string): Promise<void> {
  const { failed } = await back.deploy();
  if (failed === '' || back.dead) return;
  await back.putBack('api');
  if (!back.dead) await back.tell('api', commit);
}

/**
 * Kills it once GitHub has done this request and before the answer is out: for the next life that is the same as before the
 * request after it.
 */
function killAt(nth: number): { readonly count: () => number } {
  let count = 0;
  back.gate = async (send) => {
    count += 1;
    const answer = await send();
    if (count < nth) return answer;
    back.dead = true;
    throw new Error('killed');
  };
  return { count: () => count };
}

test('killed at any point from the deploy that fails to the last word, and run again: the same end', async () => {
  const counter = killAt(Number.POSITIVE_INFINITY);
  let requests = 0;
  const untroubled = await fail(async (commit) => {
    const before = counter.count();
    await run(commit);
    requests = counter.count() - before;
  });
  expect(untroubled).toEqual({
    rollbacks: ['Roll back api to # in dev'],
    pin: 'ghcr.io/acme/api@#',
    holds: 1,
    issues: 1,
  });
  expect(back.told).toHaveLength(2);
  expect(requests).toBeGreaterThan(15);
  process.stdout.write(`${requests} requests\n`);
  for (let nth = 1; nth <= requests; nth++) {
    back.gate = undefined;
    const end = await fail(async (commit) => {
      killAt(nth);
      await run(commit).catch(() => undefined);
      expect(back.dead).toBe(true);
      back.dead = false;
      back.gate = undefined;
      await back.checkOut(commit);
      await run(commit);
    });
    expect(end, `request ${nth}`).toEqual(untroubled);
    // Slack and PagerDuty, once each.
    expect(back.told, `request ${nth}`).toHaveLength(2);
  }
});
