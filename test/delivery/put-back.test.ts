import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployCommand } from '../../src/cli/ci/deploy.ts';
import { notifyCommand } from '../../src/cli/ci/notify.ts';
import { rollbackCommand } from '../../src/cli/rollback.ts';
import { git } from '../../src/git/git.ts';
import { config, digests, type Outcome, openStage, type Stage } from './stage.ts';

/** Both services run one release, and both fail with the next: what the jobs of a deploy workflow do then. */
const good = { api: digests[0], web: digests[1] };
const bad = { api: digests[2], web: digests[3] };
let stage: Stage;
let checkout: string;
/** What serves, as the environment's command and its health URL see it. */
let serving: Record<string, string>;
const told: string[] = [];
/** The commit whose deploy fails. */
let broken = '';

const deploying = `${config.replace('dev: { track: main, merge: auto }', 'dev: { track: main, merge: auto, rollback: automatic }')}deploy: { command: 'printf "%s %s\\n" "$TRUNKLINE_SERVICE" "$TRUNKLINE_DIGEST" >> deployed', health: "http://{service}.{environment}.test/health", timeout: 1s }
notify: { slack: {}, pagerduty: { when: [infrastructure, rollback, rollback-failed] } }
`;

beforeAll(async () => {
  stage = await openStage({ config: deploying, policy: false });
  checkout = stage.folder;
  stage.intercept = (request) => {
    const { host, pathname } = new URL(request.url);
    const [service = ''] = host.split('.');
    if (host.endsWith('.dev.test')) {
      if (pathname === '/health') return new Response(JSON.stringify({ digest: serving[service] }));
      const well = serving[service] === good[service as 'api' | 'web'];
      return new Response(well ? 'hello' : 'oops', { status: well ? 200 : 500 });
    }
    if (host === 'hooks.slack.test' || host === 'events.pagerduty.com') {
      told.push(host);
      return new Response('ok', { status: 202 });
    }
    return undefined;
  };
  writeFileSync(
    join(checkout, 'smoke.yaml'),
    'checks: [{ name: it says hello, url: "http://{service}.{environment}.test/", expect: { body: hello }, retries: 0 }]\n',
  );
});
afterAll(() => stage.close());

/** Pins releases at main by hand, and checks that commit out. */
async function merge(pins: Readonly<Record<string, string>>): Promise<string> {
  const path = '/repos/acme/infra/contents/envs/dev.json';
  const { sha } = await stage.api<{ sha: string }>('GET', path);
  const value = Object.fromEntries(
    Object.entries(pins).map(([name, digest]) => [name, { image: `ghcr.io/acme/${name}@${digest}` }]),
  );
  const content = Buffer.from(JSON.stringify(value)).toString('base64');
  const { commit } = await stage.api<{ commit: { sha: string } }>('PUT', path, { message: 'pins', content, sha });
  return check(commit.sha);
}

async function check(commit: string): Promise<string> {
  const url = `${(await stage.server()).replace('//', `//x:${stage.forge.tokens.carol}@`)}/acme/infra.git`;
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['fetch', '-q', url, commit],
    ['checkout', '-q', '--force', '--detach', commit],
  ])
    await git(args, { cwd: checkout });
  return commit;
}

const tip = async (): Promise<string> =>
  (await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/infra/branches/main')).commit.sha;

/** As the deploy job does; answers its outputs, too. */
async function deploy(): Promise<Outcome & { readonly failed: string; readonly deployed: string }> {
  const file = join(checkout, 'outputs');
  writeFileSync(file, '');
  writeFileSync(join(checkout, 'deployed'), '');
  const running = stage.run(deployCommand, ['--environment', 'dev', '--smoke', 'smoke.yaml'], { GITHUB_OUTPUT: file });
  const outcome = await running;
  const output = (name: string): string =>
    new RegExp(`^${name}<<(\\S+)\\n([\\s\\S]*?)\\n?\\1$`, 'm').exec(readFileSync(file, 'utf8'))?.[2] ?? '';
  return { ...outcome, failed: output('failed'), deployed: output('deployed') };
}
const putBack = (service: string): Promise<Outcome> =>
  stage.run(rollbackCommand, [service, '--environment', 'dev', '--reason', 'smoke failed', '--as-configured']);
const tell = (service: string, kind = 'rollback'): Promise<Outcome> =>
  stage.run(
    (ports) => notifyCommand(ports).option('--repository <name>', 'the stage’s'),
    ['--kind', kind, '--service', service, '--environment', 'dev', '--reason', 'smoke failed', '--once'],
    {
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: 'acme/infra',
      GITHUB_SHA: broken,
      GITHUB_TOKEN: stage.forge.tokens.carol,
      SLACK_WEBHOOK_URL: 'https://hooks.slack.test/secret',
      PAGERDUTY_ROUTING_KEY: 'key',
    },
  );
const pulls = (): Promise<{ number: number; title: string; state: string; merged_at: string | null }[]> =>
  stage.api('GET', '/repos/acme/infra/pulls?state=all');

test('two services that fail are put back, each to its own release, held; run again, nothing comes twice', async () => {
  await merge(good);
  serving = { ...good };
  const first = await deploy();
  expect(first.code, first.out).toBe(0);
  expect(JSON.parse(first.deployed)).toEqual([`ghcr.io/acme/api@${good.api}`, `ghcr.io/acme/web@${good.web}`]);

  broken = await merge(bad);
  serving = { ...bad };
  const failing = await deploy();
  expect([failing.code, failing.failed, failing.deployed]).toEqual([1, '["api","web"]', '']);
  for (const service of JSON.parse(failing.failed) as string[]) {
    expect((await putBack(service)).error).toBeUndefined();
    expect((await tell(service)).error).toBeUndefined();
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
  expect(told.toSorted()).toEqual([
    'events.pagerduty.com',
    'events.pagerduty.com',
    'hooks.slack.test',
    'hooks.slack.test',
  ]);

  // Somebody starts the red run again: its commit pins what was just taken away.
  await check(broken);
  const again = await deploy();
  expect([again.code, again.failed]).toEqual([0, '']);
  expect(readFileSync(join(checkout, 'deployed'), 'utf8')).toBe('');
  expect(again.out).toContain(`api in dev: not deployed, ${good.api.slice(7, 19)} is pinned by now`);
  for (const service of ['api', 'web']) {
    expect((await putBack(service)).error).toBeUndefined();
    expect((await tell(service)).error).toBeUndefined();
  }
  expect(await pulls()).toHaveLength(2);
  expect(told).toHaveLength(4);

  await check(await tip());
  serving = { ...good };
  const back = await deploy();
  expect(back.code, back.out).toBe(0);
  // An attempt that was killed before it could say so: the next one does.
  expect((await deploy()).deployed).toBe(back.deployed);
  expect(JSON.parse(back.deployed)).toHaveLength(2);
});
