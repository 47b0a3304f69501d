import { expect, test } from 'vitest';
import { runCli } from '../see/testing/run-cli.ts';

const hotfix = ['hotfix', 'ship', 'orders', '--to', 'prod', '--release', `sha256:${'a'.repeat(64)}`];

test.each([
  ['a reason', [...hotfix, '--incident', 'INC-7', '--reason', ' ']],
  ['an incident', [...hotfix, '--reason', 'logins fail', '--incident', '']],
  ['a reason', ['rollback', 'orders', '--environment', 'prod', '--reason', '']],
  ['a reason', ['hold', 'orders', '--environment', 'prod', '--reason', '']],
])('%s has to say something: %j', async (_name, words) => {
  const { code, err } = await runCli(words, { cwd: '/' });
  expect(code).toBe(2);
  expect(err).toContain('expected some words, found none');
});

test('a ref is said with its kind', async () => {
  const { code, err } = await runCli(['ci', 'routes', '--ref', 'main'], { cwd: '/' });
  expect(code).toBe(2);
  expect(err).toContain("'main' is invalid. expected a whole ref such as refs/heads/main");
});
