import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { ForgeApp } from '../http.ts';
import { watchAnswers } from './watch-answers.ts';

test('an answer that is not GitHub’s is noticed, whichever way it was asked for', async () => {
  const app: ForgeApp = new Hono();
  app.get('/rate_limit', (c) => c.json({ resources: {} }));
  app.get('/emojis', (c) => c.json({ '+1': 'https://example.com/1.png' }));
  app.get('/zen', (c) => c.text('Be', 418 as 200));
  app.get('/repos/:owner/:repo/license', (c) => c.json({ message: 'Not Found', status: '404', colour: 'red' }, 404));
  app.get('/made-up', (c) => c.json({}));
  app.post('/graphql', (c) => c.json({ data: {}, errors: [{ message: 'no', code: 1 }] }));
  const faults: string[] = [];
  watchAnswers(app, faults);
  await app.request('/rate_limit');
  await app.request('/emojis');
  await app.request('/repos/a/b/license');
  await app.request('/made-up');
  await app.request('/graphql', { method: 'POST' });
  const server = createServer(getRequestListener((request) => app.fetch(request)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/user/nothing`);
  server.closeAllConnections();
  server.close();
  expect(faults).toEqual([
    expect.stringContaining("must have required property 'core'"),
    expect.stringContaining('GitHub does not answer colour'),
    'GitHub has no GET /made-up',
    expect.stringContaining('have no code'),
  ]);
});
