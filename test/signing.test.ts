import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../src/git/git.ts';
import { startCommand } from './testing/lab-process.ts';

let home: string;
let folder: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'signing-'));
  folder = join(home, 'app');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const workflow = `on: push
permissions: {}
jobs:
  sign:
    runs-on: ubuntu-latest
    permissions: { contents: read, packages: write, id-token: write }
    steps:
      - uses: actions/checkout@v4
      - uses: trunkline/trunkline@v0
      - uses: docker/login-action@v3
        with: { registry: ghcr.io, username: "\${{ github.actor }}", password: "\${{ github.token }}" }
      - id: image
        uses: docker/build-push-action@v6
        with: { context: ., push: true, tags: "ghcr.io/\${{ github.repository }}:x" }
      - run: |
          trunkline ci verify "$IMAGE" --source "$GITHUB_REPOSITORY" --signer .github/workflows/sign.yml --ref "$GITHUB_REF" && exit 1
          trunkline ci sign "$IMAGE" --classic
          trunkline ci attest "$IMAGE"
          trunkline ci sbom --output sbom.json
          trunkline ci attest "$IMAGE" --type spdx --predicate sbom.json
          trunkline ci attest "$IMAGE" --type spdx --predicate syft.spdx.json
          trunkline ci attest "$IMAGE" --type cyclonedx --predicate syft.cdx.json
          trunkline ci verify "$IMAGE" --source "$GITHUB_REPOSITORY" --signer .github/workflows/sign.yml --ref "$GITHUB_REF" --commit "$GITHUB_SHA" --type provenance signature spdx cyclonedx
          trunkline ci verify "$IMAGE" --source "$GITHUB_REPOSITORY" --signer .github/workflows/other.yml --ref "$GITHUB_REF" && exit 1
          trunkline ci sign "ghcr.io/$GITHUB_REPOSITORY:x" && exit 1
          echo "all as it should be"
        env:
          IMAGE: ghcr.io/\${{ github.repository }}@\${{ steps.image.outputs.digest }}
  unable:
    runs-on: ubuntu-latest
    permissions: { packages: write }
    steps:
      - uses: trunkline/trunkline@v0
      - run: trunkline ci sign "ghcr.io/acme/x@sha256:\${{ '0000000000000000000000000000000000000000000000000000000000000000' }}" && exit 1 || echo "no token, no signature"
`;

const syft = (name: string): string =>
  readFileSync(new URL(`../src/cli/ci/sign/testdata/${name}`, import.meta.url), 'utf8');

test('a job signs what it built, and only what that workflow signed is verified', async () => {
  const files = {
    '.github/workflows/sign.yml': workflow,
    // As syft wrote them of a project in Go.
    'syft.cdx.json': syft('go.cdx.json'),
    'syft.spdx.json': syft('go.spdx.json'),
    Dockerfile: 'FROM scratch\nCOPY package.json /\n',
    'package.json': '{"name":"app","version":"1.0.0"}',
    'package-lock.json':
      '{"name":"app","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"app","version":"1.0.0"}}}',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const inFolder = (...args: string[]): Promise<string> =>
    git(['-c', 'user.name=x', '-c', 'user.email=x@x.test', ...args], { cwd: folder });
  await inFolder('init', '-q', '-b', 'main');
  await inFolder('add', '.');
  await inFolder('commit', '-qm', 'start');
  const one = startCommand(['lab', 'run', '--verbose', '--stand-in-builds'], { cwd: folder });
  expect(await one.ended, one.text()).toBe(0);
  const text = one.text();
  expect(text).toContain('all as it should be');
  expect(text).toMatch(/refused {2}provenance of image [0-9a-f]{12}: nothing of this type hangs on it/);
  expect(text).toMatch(
    /signed .* as https:\/\/github\.com\/\S+\/\.github\/workflows\/sign\.yml@refs\/heads\/main \(\S+, \S.*\)/,
  );
  expect(text).toMatch(/image [0-9a-f]{12} ← sha256-[0-9a-f]{64}\.sig/);
  expect(text).toMatch(/verified {2}spdx of image [0-9a-f]{12}: https:\/\/github\.com/);
  expect(text).toMatch(
    /refused {2}provenance of image [0-9a-f]{12}: expected it signed by .*other\.yml@refs\/heads\/main, found .*sign\.yml@refs\/heads\/main/,
  );
  expect(text).toContain('expected an image by its digest');
  expect(text).toMatch(
    /expected a job that may ask for an OIDC token, found none[\s\S]*id-token: write[\s\S]*no token, no signature/,
  );
});
