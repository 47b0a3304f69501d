import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPutBackStage, type PutBackStage } from './put-back-stage.ts';
import { digests, type Stage } from './stage.ts';

/** Both services run one release, and both fail with the next: what the jobs of a deploy workflow do then. */
const good = { api: digests[0], web: digests[1] };
const bad = { api: digests[2], web: digests[3] };
let back: PutBackStage;
let stage: Stage;
beforeAll(async () => {
  back = await openPutBackStage();
  stage = back.stage;
  back.well = good;
});
afterAll(() => stage.close());

const tip = async (): Promise<string> =>
  (await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/infra/branches/main')).commit.sha;
const pulls = (): Promise<{ title: string }[]> => stage.api('GET', '/repos/acme/infra/pulls?state=all');

test('two services that fail are put back, each to its own release, held; run again, nothing comes twice', async () => {
  await back.merge(good);
  back.serving = good;
  const first = await back.deploy();
  expect(first.code, first.out).toBe(0);
  expect(JSON.parse(first.deployed)).toEqual([`ghcr.io/acme/api@${good.api}`, `ghcr.io/acme/web@${good.web}`]);

  const broken = await back.merge(bad);
  back.serving = bad;
  const failing = await back.deploy();
  expect([failing.code, failing.failed, failing.deployed]).toEqual([1, '["api","web"]', '']);
  for (const service of JSON.parse(failing.failed) as string[]) {
    expect((await back.putBack(service)).error).toBeUndefined();
    expect((await back.tell(service, broken)).error).toBeUndefined();
  }
  await stage.forge.settled();
  const titles = (await pulls()).map(({ title }) => title).sort();
  expect(titles).toEqual([
    `Roll back api to ${good.api.slice(7, 19)} in dev`,
    `Roll back web to ${good.web.slice(7, 19)} in dev`,
  ]);
  expect([await stage.pin('dev', 'api'), await stage.pin('dev', 'web')]).toEqual([
    `ghcr.io/acme/api@${good.api}`,
    `ghcr.io/acme/web@${good.web}`,
  ]);
  const holds = await stage.api<{ content: string }>('GET', '/repos/acme/infra/contents/.trunkline/holds.yaml');
  expect(
    Buffer.from(holds.content, 'base64')
      .toString()
      .match(/service: \w+/g)
      ?.sort(),
  ).toEqual(['service: api', 'service: web']);
  expect(back.told.toSorted()).toEqual([
    'events.pagerduty.com',
    'events.pagerduty.com',
    'hooks.slack.test',
    'hooks.slack.test',
  ]);

  // Somebody starts the red run again: its commit pins what was just taken away.
  await back.checkOut(broken);
  const again = await back.deploy();
  expect([again.code, again.failed]).toEqual([1, '["api","web"]']);
  expect(again.ran).toBe('');
  expect(again.out).toContain(`api in dev: it failed, and is left alone, ${good.api.slice(7, 19)} is pinned by now`);
  for (const service of ['api', 'web']) {
    expect((await back.putBack(service)).error).toBeUndefined();
    expect((await back.tell(service, broken)).error).toBeUndefined();
  }
  expect(await pulls()).toHaveLength(2);
  expect(back.told).toHaveLength(4);

  await back.checkOut(await tip());
  back.serving = good;
  const healed = await back.deploy();
  expect(healed.code, healed.out).toBe(0);
  // An attempt that was killed before it could say so: the next one does.
  expect((await back.deploy()).deployed).toBe(healed.deployed);
  expect(JSON.parse(healed.deployed)).toHaveLength(2);
});
