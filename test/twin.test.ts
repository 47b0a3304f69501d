import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestForge, type TestForge } from '../src/forge/testing/open-test-forge.ts';
import { startCommand } from './testing/lab-process.ts';

// The other GitHub is a second forge, over plain HTTP, with an organisation and people of its own.

let folder: string;
let other: TestForge;
let inner: Server;
/** In front of it: says something else where a test asks for that. */
let server: Server;
let url: string;
let people: string;
/** What the other one answers instead, by the words it would have said. */
const twist = new Map<string, string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'twin-'));
  other = await openTestForge();
  const { admin } = other;
  for (const login of ['ophelia', 'dieter', 'rhea']) admin.createUser(login);
  admin.createOrganization('sandbox', { admins: ['ophelia'], members: ['dieter', 'rhea'] });
  inner = createServer(other.listener);
  const behind = await listen(inner);
  server = createServer((request, response) => {
    const { method, headers, url: path } = request;
    const asked = httpRequest({ host: '127.0.0.1', port: behind, path, method, headers }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      let bytes = Buffer.concat(chunks);
      if (/json/.test(answer.headers['content-type'] ?? '')) {
        let text = bytes.toString();
        for (const [from, to] of twist) text = text.replaceAll(from, to);
        bytes = Buffer.from(text);
      }
      const { 'content-length': _length, 'transfer-encoding': _encoding, ...kept } = answer.headers;
      response.writeHead(answer.statusCode ?? 500, kept).end(bytes);
    });
    request.pipe(asked);
  });
  url = `http://127.0.0.1:${await listen(server)}`;
  people = join(folder, 'people.yaml');
  const scopes = ['repo', 'workflow', 'admin:org', 'delete_repo'];
  const lines = [
    `owner: ${admin.createToken('ophelia', { scopes })}`,
    `developer: ${admin.createToken('dieter')}`,
    `reviewer: ${admin.createToken('rhea')}`,
  ];
  writeFileSync(people, `${lines.join('\n')}\n`, { mode: 0o600 });
});
afterAll(async () => {
  for (const one of [server, inner]) {
    one.closeAllConnections();
    await new Promise((resolve) => one.close(resolve));
  }
  await other.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function listen(one: Server): Promise<number> {
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
  return (one.address() as AddressInfo).port;
}

async function rehearseOn(...more: string[]): Promise<{ code: number | string; text: string }> {
  const args = ['lab', 'rehearse', 'rules', '--on', url, '--organisation', 'sandbox', '--people', people];
  const one = startCommand([...args, '--settle', '0.2', ...more], { cwd: folder });
  return { code: await one.ended, text: one.text() };
}

test('a second forge agrees with the lab in every answer, and keeps nothing of it', async () => {
  const { code, text } = await rehearseOn('--json');
  const { ok, scenarios } = JSON.parse(text);
  expect(scenarios).toMatchObject([
    { scenario: 'rules', differences: [], notCompared: [], failed: { here: 0, there: 0 } },
  ]);
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  expect(scenarios[0].compared).toBeGreaterThan(100);
  expect([...other.forge.store.repositories.values()]).toEqual([]);
});

test('where the other one answers otherwise, the difference is printed and the exit code is 1', async () => {
  twist.set('Update is not a fast forward', 'Update is not a fast-forward');
  twist.set('"mergeable_state":"blocked"', '"mergeable_state":"unstable"');
  try {
    const { code, text } = await rehearseOn();
    expect(code).toBe(1);
    expect(text).toContain('the lab    422 Update is not a fast forward');
    expect(text).toContain('the other  422 Update is not a fast-forward');
    expect(text).toMatch(/the lab {4}200 .*mergeable_state=blocked[\s\S]*the other {2}200 .*mergeable_state=unstable/);
    expect(text).toMatch(/answers compared with http:\/\/127\.0\.0\.1:\d+: \d+ differ/);
    expect(text).not.toContain('ghp_');
  } finally {
    twist.clear();
  }
});

test('tokens that others could read, people who are missing and a repository that is there are refused at once', async () => {
  chmodSync(people, 0o644);
  expect(await rehearseOn()).toMatchObject({ code: 2, text: expect.stringContaining('readable by you alone') });
  chmodSync(people, 0o600);
  const { store } = other.forge;
  const asked = { method: 'POST', path: '/orgs/sandbox/repos', body: { name: 'rehearsal-of-rules' } };
  const token = other.admin.createToken('ophelia');
  await other.call(token, asked.method, asked.path, asked.body);
  expect(await rehearseOn()).toMatchObject({
    code: 2,
    text: expect.stringContaining('found one; nothing was changed'),
  });
  expect(store.repositories.size).toBe(1);
  await other.call(token, 'DELETE', '/repos/sandbox/rehearsal-of-rules');
  writeFileSync(people, 'owner: ghp_none\n', { mode: 0o600 });
  const { code, text } = await rehearseOn();
  expect({ code, text }).toMatchObject({ code: 2, text: expect.stringContaining('INPUT_INVALID') });
  expect(text).not.toContain('ghp_none');
});
