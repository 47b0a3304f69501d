import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changedCommand } from '../../src/cli/ci/changed.ts';
import { deployCommand } from '../../src/cli/ci/deploy.ts';
import { crowd } from './crowd.ts';
import { config, digests, openStage, type Stage } from './stage.ts';

const [one, two] = digests;
let stage: Stage;
beforeEach(async () => {
  stage = await openStage({ policy: false });
  git('init', '-q', '-b', 'main');
  write(
    'trunkline.yaml',
    `${config}deploy: { command: 'printf "%s %s\\n" "$TRUNKLINE_SERVICE" "$TRUNKLINE_IMAGE" >> deployed; test "$TRUNKLINE_SERVICE" != web && test -z "$TRUNKLINE_APP_KEY"', health: "http://{service}.{environment}.test/health", timeout: 1s, secrets: [API_KEY] }\n`,
  );
  pin('dev', '', '');
});
afterEach(() => stage.close());

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=carol', '-c', 'user.email=carol@acme.test', ...args], {
    cwd: stage.folder,
    encoding: 'utf8',
  }).trim();
function write(file: string, text: string): void {
  mkdirSync(join(stage.folder, 'envs'), { recursive: true });
  writeFileSync(join(stage.folder, file), text);
}
/** Commits pins and makes the forge know the commit under the same name. */
function pin(environment: string, api: string, web: string): void {
  const image = (name: string, digest: string): string =>
    digest === '' ? '' : `ghcr.io/acme/${name}${digest.startsWith('sha256:') ? '@' : ':'}${digest}`;
  for (const name of ['dev', 'staging', 'prod'])
    if (name !== environment) write(`envs/${name}.json`, '{"api":{"image":""},"web":{"image":""}}');
  write(
    `envs/${environment}.json`,
    JSON.stringify({ api: { image: image('api', api) }, web: { image: image('web', web) } }),
  );
  git('add', '.');
  git('commit', '-q', '-m', 'pins');
}
const serving = (status: number, body = ''): void => {
  stage.intercept = (request) => (request.url.endsWith('/health') ? new Response(body, { status }) : undefined);
};
test('deploys what changed since it was last healthy, and says which service failed', async () => {
  const main = await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/infra/branches/main');
  execFileSync('git', ['remote', 'add', 'origin', join(stage.folder, 'none')], { cwd: stage.folder });
  pin('dev', one, two);
  const head = git('rev-parse', 'HEAD');
  // Deployments are of commits that GitHub has: give the forge this one.
  const folder = join(stage.forge.forge.folder, 'git');
  const bare = execFileSync('sh', ['-c', `grep -rl '' --include=HEAD ${JSON.stringify(folder)} | xargs -n1 dirname`], {
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
  for (const repository of bare) execFileSync('git', ['fetch', '-q', stage.folder, head], { cwd: repository });
  expect(main.commit.sha).not.toBe(head);
  serving(200);
  // Known to GitHub, and yet not of its main.
  const elsewhere = await stage.run(deployCommand, ['--environment', 'dev']).catch((error: unknown) => error);
  expect(elsewhere).toMatchObject({ error: { code: 'POLICY_REFUSED' } });
  for (const repository of bare) execFileSync('git', ['update-ref', 'refs/heads/main', head], { cwd: repository });
  const outputs = join(stage.folder, 'outputs');
  const env = { GITHUB_OUTPUT: outputs };
  const first = await stage.run(deployCommand, ['--environment', 'dev'], env);
  expect(first.code).toBe(1);
  expect(first.out).toContain('web bbbbbbbbbbbb in dev: the deploy command ended with exit code 1');
  expect(readFileSync(outputs, 'utf8')).toMatch(/failed<<.*\n\["web"\]\n/);
  expect(readFileSync(join(stage.folder, 'deployed'), 'utf8')).toBe(
    `api ghcr.io/acme/api@${one}\nweb ghcr.io/acme/web@${two}\n`,
  );
  const second = await stage.run(deployCommand, ['--environment', 'dev', '--dry-run'], env);
  expect(second.out).toBe(`would deploy web ghcr.io/acme/web@${two} to dev\n`);
  crowd(stage, 'dev', 'other', one, 101);
  expect((await stage.run(deployCommand, ['--environment', 'dev', '--dry-run'])).out).toBe(second.out);

  serving(200, JSON.stringify({ digest: two }));
  const forced = await stage.run(deployCommand, ['--environment', 'dev', '--service', 'api', '--force']);
  expect(forced.out).toContain(`found 200 from ${two}`);
});

test('changed says which environments and services a commit touches', async () => {
  pin('dev', one, '');
  const outcome = await stage.run(changedCommand, ['--json']);
  expect(JSON.parse(outcome.out)).toMatchObject({ environments: ['dev'], services: ['api'] });
  const shallow = await stage
    .run(changedCommand, [], { GITHUB_EVENT_PATH: join(stage.folder, 'event.json') })
    .catch((error: unknown) => error);
  expect(shallow).toMatchObject({ error: { code: 'INPUT_INVALID' } });
  write('event.json', JSON.stringify({ before: '0'.repeat(40) }));
  const everything = await stage.run(changedCommand, ['--json'], {
    GITHUB_EVENT_PATH: join(stage.folder, 'event.json'),
  });
  expect(JSON.parse(everything.out)).toMatchObject({ base: null, environments: ['dev'] });
});

test('what fails a smoke check was never healthy: it is recorded as failed, and nothing is asked where no file is', async () => {
  pin('dev', one, '1.0');
  const folder = join(stage.forge.forge.folder, 'git');
  const head = git('rev-parse', 'HEAD');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    ({ name }) => name === 'HEAD',
  ))
    execFileSync('git', ['fetch', '-q', stage.folder, head], { cwd: entry.parentPath });
  await stage.api('PATCH', '/repos/acme/infra/git/refs/heads/main', { sha: head, force: true });
  serving(200, 'oops');
  const deploy = (...words: string[]) =>
    stage.run(deployCommand, ['--environment', 'dev', ...words], { API_KEY: 'oops' });
  expect((await deploy('--smoke')).error?.message).toContain('expected smoke checks in .trunkline/smoke.yaml');
  writeFileSync(
    join(stage.folder, 'smoke.yaml'),
    'checks: [{ name: it says hello, url: "http://{service}.{environment}.test/health", expect: { body: hello }, retries: 0 }]\n',
  );
  const bad = await deploy('--smoke', 'smoke.yaml');
  expect(bad.code).toBe(1);
  expect(bad.out).toContain('the smoke check "it says hello" failed');
  const [deployment] = await stage.api<{ id: number }[]>('GET', '/repos/acme/infra/deployments?environment=dev');
  const statuses = `/repos/acme/infra/deployments/${deployment?.id}/statuses`;
  expect(await stage.api('GET', statuses)).toMatchObject([
    // What GitHub hides in logs is hidden here, too.
    { state: 'failure', description: expect.stringContaining('found "***"') },
    { state: 'in_progress' },
  ]);
  serving(200, 'hello');
  const good = await deploy('--smoke', 'smoke.yaml');
  expect(good.out).toContain('healthy');
  // A service that no release has reached yet stays what it is, and holds nobody up; asked for by name it is refused.
  expect(good.out).toContain('web in dev: left as it is, ghcr.io/acme/web:1.0 is a tag and no release yet');
  expect((await deploy('--service', 'web')).error?.message).toContain('expected web in envs/dev.json by digest');
});

test('where an agent deploys, it is asked to look, and nothing is run or recorded', async () => {
  write('trunkline.yaml', `${config}deploy: { argocd: "{service}-{environment}" }\n`);
  pin('dev', one, '');
  const folder = join(stage.forge.forge.folder, 'git');
  const head = git('rev-parse', 'HEAD');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    ({ name }) => name === 'HEAD',
  ))
    execFileSync('git', ['fetch', '-q', stage.folder, head], { cwd: entry.parentPath });
  await stage.api('PATCH', '/repos/acme/infra/git/refs/heads/main', { sha: head, force: true });
  const asked: unknown[] = [];
  stage.intercept = (request) =>
    new URL(request.url).host === 'argocd.test'
      ? request.json().then((body) => {
          asked.push(body);
          return new Response('');
        })
      : undefined;
  const words = ['--environment', 'dev'];
  const { out } = await stage.run(deployCommand, words, { AGENT_WEBHOOK_URL: 'https://argocd.test/api/webhook' });
  expect(out).toContain('dev: argocd.test was asked to look');
  expect(asked).toMatchObject([{ after: head, commits: [{ modified: expect.arrayContaining(['envs/dev.json']) }] }]);
  expect(await stage.api('GET', '/repos/acme/infra/deployments')).toEqual([]);
});
