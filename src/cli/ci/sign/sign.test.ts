import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ran, runCli } from '../../see/testing/run-cli.ts';

const image = `ghcr.io/acme/api@sha256:${'a1'.repeat(32)}`;
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = `${part({})}.${part({ email: 'bob@acme.test', iss: 'https://oauth2.sigstore.dev/auth' })}.x`;

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sign-'));
  writeFileSync(join(cwd, 'sbom.json'), '{"spdxVersion":"SPDX-2.3","packages":[{"name":"x"}]}');
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

const testdata = fileURLToPath(new URL('testdata', import.meta.url));

test.each(['go', 'python'])('what syft wrote of a project in %s is taken as it is, in both forms', async (language) => {
  for (const [type, ending] of [
    ['spdx', 'spdx.json'],
    ['cyclonedx', 'cdx.json'],
  ] as const) {
    const file = join(testdata, `${language}.${ending}`);
    const said = await sign(`attest ${image} --type ${type} --predicate ${file} --instance public-good --dry-run`);
    expect(said).toMatchObject({ code: 0, err: '', out: expect.stringContaining('would sign') });
  }
});

test.each<[string, string, object, number, string]>([
  ['of another version', 'spdx', { spdxVersion: 'SPDX-2.2', packages: [] }, 2, 'expected SPDX 2.3 with its packages'],
  ['that was cut off', 'spdx', { spdxVersion: 'SPDX-2.3' }, 2, 'expected SPDX 2.3 with its packages'],
  ['of another kind', 'cyclonedx', { spdxVersion: 'SPDX-2.3', packages: [] }, 2, 'expected CycloneDX'],
  [
    'of a folder in which nothing was found',
    'spdx',
    { spdxVersion: 'SPDX-2.3', packages: [{ name: 'go', primaryPackagePurpose: 'FILE' }] },
    0,
    'x.json lists no package',
  ],
  ['that lists nothing', 'cyclonedx', { bomFormat: 'CycloneDX', specVersion: '1.6' }, 0, 'x.json lists no package'],
])('an SBOM %s is refused, or it is said', async (_, type, text, code, err) => {
  writeFileSync(join(cwd, 'x.json'), JSON.stringify(text));
  const said = await sign(`attest ${image} --type ${type} --predicate x.json --instance public-good --dry-run`);
  expect(said).toMatchObject({ code, err: expect.stringContaining(err) });
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
