import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab, openLab } from '../src/lab/lab.ts';
import { startCommand } from './testing/lab-process.ts';
import { root } from './testing/rehearse-pair.ts';

// The other GitHub is a whole second lab, with a runner, a registry and people of its own, reached over plain HTTP as
// an Enterprise server would be, its registry and what it deploys through its proxy: the delivery is carried out on
// both, and every answer compared.

let folder: string;
let other: Lab;
let people: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'twin-delivery-'));
  const clock = { now: () => Date.now(), sleep: (ms: number) => setTimeout(ms) };
  other = await openLab({ ports: { clock, random: randomBytes, env: process.env }, packageFolder: root });
  const { admin } = other;
  const members = { developer: 'dieter', reviewer: 'rhea', platform: 'petra' };
  for (const login of ['ophelia', ...Object.values(members)]) admin.createUser(login);
  admin.createOrganization('sandbox', { admins: ['ophelia'], members: Object.values(members) });
  const apps = {
    delivery: {
      contents: 'write',
      deployments: 'write',
      pull_requests: 'write',
      statuses: 'write',
      actions: 'read',
      checks: 'read',
      members: 'read',
    },
    propose: { actions: 'write' },
  } as const;
  const lines = [
    `owner: ${admin.createToken('ophelia', { scopes: ['repo', 'workflow', 'admin:org', 'delete_repo'] })}`,
  ];
  for (const [role, login] of Object.entries(members))
    lines.push(`${role}: ${admin.createToken(login, { scopes: ['repo', 'workflow', 'read:org', 'read:packages'] })}`);
  lines.push('apps:');
  for (const [name, permissions] of Object.entries(apps)) {
    const { app, privateKey } = await admin.createApp({ slug: `sandbox-${name}`, owner: 'sandbox', permissions });
    admin.installApp(`sandbox-${name}`, 'sandbox', 'all');
    writeFileSync(join(folder, `${name}.pem`), privateKey, { mode: 0o600 });
    lines.push(`  ${name}: { id: ${app.id}, key: ${name}.pem }`);
  }
  people = join(folder, 'people.yaml');
  writeFileSync(people, `${lines.join('\n')}\n`, { mode: 0o600 });
});
afterAll(async () => {
  await other.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The way to the other lab's registry and services, and no more: the lab that it is compared with has its own. */
function throughOther(): Record<string, string> {
  const names = /^(?:https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS)$/i;
  return Object.fromEntries(Object.entries(other.env()).filter(([name]) => names.test(name)));
}

test('the whole delivery on a second lab goes as it does in the first', async () => {
  const on = ['--on', other.urls.local, '--organisation', 'sandbox', '--people', people, '--settle', '3'];
  const one = startCommand(['lab', 'rehearse', 'delivery', ...on, '--stand-in-builds', '--json'], {
    cwd: folder,
    env: throughOther(),
  });
  const code = await one.ended;
  const { ok, scenarios } = JSON.parse(one.text());
  expect(scenarios).toMatchObject([{ scenario: 'delivery', differences: [], failed: { here: 0, there: 0 } }]);
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  expect(scenarios[0].compared).toBeGreaterThan(100);
  expect(other.forge.forge.store.repositories.size).toBe(0);
});
