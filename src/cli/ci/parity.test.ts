import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ran, runCli } from '../see/testing/run-cli.ts';

let cwd: string;
const write = (path: string, text: string): void => {
  mkdirSync(join(cwd, path, '..'), { recursive: true });
  writeFileSync(join(cwd, path), text);
};
const config = (more: string): string => `kind: Environments
accept: { acme/shop: { services: { orders: orders-team } } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
environments: { staging: { track: main }, prod: { from: staging } }
${more}`;
const settings = (value: string): string =>
  `kind: ConfigMap\nmetadata: { name: settings }\ndata: { level: ${value} }\n`;
const parity = (...words: string[]): Promise<Ran> =>
  runCli(['ci', 'parity', ...words], { cwd, env: { PATH: process.env['PATH'] } });

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'parity-'));
  write('made/orders-staging.yaml', `${settings('info')}---\nkind: ConfigMap\nmetadata: { name: extra }\n`);
  write('made/orders-prod.yaml', settings('warn'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test('an object too many in staging is red, and named with its field where one differs', async () => {
  write('trunkline.yaml', config('parity: { render: cat "made/$SERVICE-$ENVIRONMENT.yaml" }\n'));
  expect(await parity()).toMatchObject({
    code: 1,
    out: `orders: ConfigMap/extra: there in staging, none in prod
orders: ConfigMap/settings data.level: info in staging, warn in prod
put it into both, or allow it: parity.allow in trunkline.yaml
`,
  });
  write('made/orders-staging.yaml', settings('info'));
  write('trunkline.yaml', config('parity: { render: cat "made/$SERVICE-$ENVIRONMENT.yaml", allow: [data.level] }\n'));
  expect(await parity('--json')).toMatchObject({ code: 0, out: '{\n  "differences": []\n}\n' });
});

test('a command that fails is no answer', async () => {
  write('trunkline.yaml', config('parity: { render: cat "made/$SERVICE-none.yaml" }\n'));
  expect(await parity()).toMatchObject({ code: 2, err: expect.stringContaining('orders in staging from') });
});
