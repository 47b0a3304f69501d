import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Acme, openAcme } from '../forge/testing/acme.ts';
import { parseLock } from '../workflow/generate/lock.ts';
import { type Ran, runCli } from './see/testing/run-cli.ts';

let acme: Acme;
let folder: string;
let first = '';

beforeAll(async () => {
  acme = await openAcme();
  folder = mkdtempSync(join(tmpdir(), 'pin-'));
  first = acme.tip('main') ?? '';
  const tag = { tag: 'v1.0.0', message: 'One', object: first, type: 'commit' };
  const { sha } = await acme.ask('carol', 'POST', '/repos/acme/app/git/tags', tag, 201);
  await acme.ask('carol', 'POST', '/repos/acme/app/git/refs', { ref: 'refs/tags/v1.0.0', sha }, 201);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  expect(acme.faults).toEqual([]);
  await acme.remove();
});

const lock = (): string => readFileSync(join(folder, 'trunkline.lock'), 'utf8');
const pin = (...words: readonly string[]): Promise<Ran> =>
  runCli(['pin', ...words], {
    cwd: folder,
    now: Date.UTC(2026, 10, 25),
    env: { GITHUB_TOKEN: acme.tokens.carol, GITHUB_API_URL: 'https://api.github.com' },
    fetch: (input, init) => Promise.resolve(acme.app.request(new Request(input, init))),
  });

/** A release with one file; answers the checksum of the file. */
async function release(tag: string, name: string, text: string): Promise<string> {
  const { id } = await acme.ask('carol', 'POST', '/repos/acme/app/releases', { tag_name: tag }, 201);
  const asked = await acme.app.request(
    new Request(`https://uploads.github.com/repos/acme/app/releases/${id}/assets?name=${name}`, {
      method: 'POST',
      headers: { authorization: `token ${acme.tokens.carol}`, 'content-type': 'application/octet-stream' },
      body: text,
    }),
  );
  expect(asked.status).toBe(201);
  return createHash('sha256').update(text).digest('hex');
}

test('an action is pinned to the commit behind its tag, and a tool to what GitHub says of its file', async () => {
  const sum = await release('v1.0.0', 'tool_1.0.0_linux.tar.gz', 'one');
  writeFileSync(
    join(folder, 'trunkline.lock'),
    `tools:\n  tool: { repository: acme/app, version: v0.9.0, asset: tool_0.9.0_linux.tar.gz, sha256: ${'0'.repeat(63)}a, resolved: 2026-01-01 }\n`,
  );
  const { code, out } = await pin('--update', 'acme/app', 'tool');
  expect(out).toContain(`acme/app none → v1.0.0 (${first.slice(0, 12)})`);
  expect(code).toBe(0);
  expect(lock()).toContain(`sha: ${first}`);
  expect(lock()).toContain(sum);
  expect(lock()).toContain('tool_1.0.0_linux.tar.gz');
  expect(await pin()).toMatchObject({ code: 0, out: 'acme/app v1.0.0 is as pinned\ntool v1.0.0 is as pinned\n' });
});

test('a tag that was moved is a finding, and changes nothing', async () => {
  const moved = await acme.commit('carol', 'elsewhere', 'x.txt', 'x');
  await acme.ask('carol', 'PATCH', '/repos/acme/app/git/refs/tags/v1.0.0', { sha: moved, force: true }, 200);
  const before = lock();
  const { code, out } = await pin('acme/app');
  expect(code).toBe(1);
  expect(out).toBe(
    `acme/app v1.0.0: expected ${first.slice(0, 12)}, found that v1.0.0 leads to ${moved.slice(0, 12)} now: look who moved it before you take it\n`,
  );
  expect(lock()).toBe(before);
});

test('a name that nobody pinned, and a release without a checksum, are said', async () => {
  expect((await pin('wrong')).err).toContain('expected names of trunkline.lock, found wrong');
  await acme.ask('carol', 'POST', '/repos/acme/app/git/refs', { ref: 'refs/tags/v1.1.0', sha: first }, 201);
  await acme.ask('carol', 'POST', '/repos/acme/app/releases', { tag_name: 'v1.1.0' }, 201);
  expect((await pin('--update', 'tool')).err).toContain('expected tool_1.1.0_linux.tar.gz with its checksum');
});

test('a shared workflow that moves forward leaves the version before in the lock, until it is said to sign no more', async () => {
  const yaml = `kind: Environments
accept: { acme/shop: { services: { api: team }, signer: acme/app/.github/workflows/publish.yml, verify: [signature] } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
environments: { dev: { track: main } }
`;
  writeFileSync(join(folder, 'trunkline.yaml'), yaml);
  rmSync(join(folder, 'trunkline.lock'));
  const ungenerated = await runCli(['generate'], { cwd: folder });
  expect(ungenerated.err).toContain('expected acme/app in trunkline.lock, found none');
  expect(ungenerated.err).toContain('trunkline pin --update acme/app');
  writeFileSync(
    join(folder, 'trunkline.lock'),
    `actions:\n  acme/app: { version: v0.9.0, sha: ${'a'.repeat(40)}, resolved: 2026-01-01 }\n`,
  );
  expect((await pin('--update', 'acme/app')).code).toBe(0);
  expect(parseLock(lock()).actions['acme/app']).toMatchObject({
    sha: expect.not.stringMatching(/^a+$/) as string,
    previous: [{ version: 'v0.9.0', sha: 'a'.repeat(40) }],
  });
  const before = lock();
  const planned = await pin('--end', 'acme/app', '--dry-run');
  expect(planned.out).toBe('acme/app v0.9.0 (aaaaaaaaaaaa): what it signed until 2026-11-25 counts\n');
  expect(lock()).toBe(before);
  expect((await pin('--end', 'acme/app')).code).toBe(0);
  expect(parseLock(lock()).actions['acme/app']?.previous).toEqual([
    { version: 'v0.9.0', sha: 'a'.repeat(40), until: '2026-11-25' },
  ]);
  expect((await pin('--end', 'acme/app')).err).toContain('that have versions before which still sign, found acme/app');
  expect((await runCli(['generate', '--dry-run'], { cwd: folder })).code).toBe(0);
});
