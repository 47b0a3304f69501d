import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { type BackingServices, createBackingServices } from './backing-services.ts';

let backing: BackingServices | undefined;
afterEach(() => backing?.close());

const create = (PATH: string): BackingServices => {
  backing = createBackingServices({ ports: { random: randomBytes, env: { PATH } }, mark: {} });
  return backing;
};

test('what is not on this machine is named, with what brings it there', async () => {
  const found = await create('/nowhere').reach('dev', 'redis:7');
  expect(found).toEqual({ missing: expect.stringMatching(/redis-server is not on this machine: install/) });
  expect(await create('/nowhere').reach('dev', 'oracle:23')).toEqual({
    missing: 'expected one of postgres, rabbitmq, redis, found oracle:23',
  });
});

test('services of an environment share one database, those of another have their own', async () => {
  const services = create(process.env['PATH'] ?? '');
  const [dev, again, prod] = await Promise.all([
    services.reach('dev', 'postgres:16'),
    services.reach('dev', 'postgres:16'),
    services.reach('prod', 'postgres:16'),
  ]);
  if ('missing' in dev) {
    process.stderr.write(`not tried with a database: ${dev.missing}\n`);
    expect(dev.missing).toContain('apt-get install postgresql');
    return;
  }
  expect(dev.env['DATABASE_URL']).toMatch(/^postgres:\/\/postgres:[0-9a-f]{36}@127\.0\.0\.1:\d+\/postgres$/);
  expect(again).toEqual(dev);
  expect(prod).not.toEqual(dev);
}, 60_000);
