import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wakeAgent } from './wake-agent.ts';

const heard: { headers: IncomingHttpHeaders; body: string }[] = [];
let status = 200;
const server = createServer((request, response) => {
  text(request).then((body) => {
    heard.push({ headers: request.headers, body });
    response.writeHead(status).end();
  }, response.destroy);
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/webhook`;
});
afterAll(() => server.close());

const pushed = {
  repository: 'acme/infra',
  branch: 'main',
  commit: 'b'.repeat(40),
  before: 'a'.repeat(40),
  modified: ['envs/prod.json'],
};
const wake = (env: Record<string, string>): Promise<string> => wakeAgent({ env, fetch }, pushed);

test('the agent gets the push as GitHub would send it, signed by the secret they share', async () => {
  expect(await wake({ AGENT_WEBHOOK_URL: url, AGENT_WEBHOOK_SECRET: 's' })).toMatch(
    /^127\.0\.0\.1:\d+ was asked to look$/,
  );
  const [{ headers, body } = { headers: {}, body: '' }] = heard;
  expect(headers).toMatchObject({ 'x-github-event': 'push', 'content-type': 'application/json' });
  expect(headers['x-hub-signature-256']).toBe(`sha256=${createHmac('sha256', 's').update(body).digest('hex')}`);
  expect(JSON.parse(body)).toMatchObject({
    ref: 'refs/heads/main',
    after: pushed.commit,
    repository: { html_url: 'https://github.com/acme/infra', default_branch: 'main' },
    commits: [{ modified: ['envs/prod.json'] }],
  });
});

test('a login in the URL is sent as one, and never said', async () => {
  const said = await wake({ AGENT_WEBHOOK_URL: url.replace('//', '//ops:pass%40word@') });
  expect(said).toMatch(/^127\.0\.0\.1:\d+ was asked to look$/);
  expect(heard.at(-1)?.headers['authorization']).toBe(`Basic ${Buffer.from('ops:pass@word').toString('base64')}`);
  expect(await wake({ AGENT_WEBHOOK_URL: 'http://ops:password@127.0.0.1:1/' })).not.toContain('password');
});

test('an agent that does not answer only looks later', async () => {
  status = 500;
  expect(await wake({ AGENT_WEBHOOK_URL: url })).toMatch(/answered 500 .* it looks by itself$/);
  expect(await wake({ AGENT_WEBHOOK_URL: 'http://127.0.0.1:1/' })).toMatch(/could not be asked to look/);
  expect(await wake({})).toContain('AGENT_WEBHOOK_URL is not set');
});
