import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ran, runCli } from '../../see/testing/run-cli.ts';

const image = `ghcr.io/acme/api@sha256:${'a1'.repeat(32)}`;
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = `${part({})}.${part({ email: 'bob@acme.test', iss: 'https://oauth2.sigstore.dev/auth' })}.x`;

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sign-'));
  writeFileSync(join(cwd, 'sbom.json'), '{"spdxVersion":"SPDX-2.3"}');
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** By hand; asking anybody for anything is a fault of the test. */
const sign = (words: string, env: Readonly<Record<string, string>> = { SIGSTORE_ID_TOKEN: token }): Promise<Ran> =>
  runCli(['ci', ...words.split(' ')], { cwd, env });

test('by hand, a tag is refused with exit code 2 before anybody is asked, whatever is signed', async () => {
  for (const command of ['sign', 'attest'])
    expect(await sign(`${command} ghcr.io/acme/api:1.0`)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('expected an image by its digest, found "ghcr.io/acme/api:1.0"'),
    });
});

test('by hand, a person signs in their own name, with the instance that they name', async () => {
  const said = await sign(`sign ${image} --instance public-good --dry-run --json`);
  expect(JSON.parse(said.out)).toMatchObject({
    identity: 'bob@acme.test',
    instance: { fulcio: 'https://fulcio.sigstore.dev' },
  });
  const sbom = await sign(`attest ${image} --type spdx --predicate sbom.json --instance public-good --dry-run`);
  expect(sbom.out).toContain('as bob@acme.test');
  expect(await sign(`sign ${image} --dry-run`)).toMatchObject({
    code: 2,
    err: expect.stringContaining('add --instance public-good'),
  });
});

test('by hand, nobody says where an image came from; and in a job a token of one’s own counts for nothing', async () => {
  expect(await sign(`attest ${image} --instance public-good --dry-run`)).toMatchObject({
    code: 2,
    err: expect.stringContaining('expected the token of a job for a provenance, found a person’s'),
  });
  const job = { SIGSTORE_ID_TOKEN: token, GITHUB_ACTIONS: 'true' };
  expect(await sign(`sign ${image} --dry-run`, job)).toMatchObject({
    code: 1,
    err: expect.stringContaining('permissions: { id-token: write }'),
  });
});
