import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LabBench, openLabBench } from '../src/lab/testing/bench.ts';

let bench: LabBench;
beforeAll(async () => {
  bench = await openLabBench({ parallel: 2, standInBuilds: true });
});
afterAll(() => bench.close());

/** Builds, keeps the archive, pushes nothing: docs/release.md, "Build once, push later". */
const ci = `name: CI
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    permissions: { contents: read }
    steps:
      - { uses: actions/checkout@v7 }
      - { uses: trunkline/trunkline@v0 }
      - uses: docker/build-push-action@v7
        with: { context: ., outputs: "type=oci,dest=image.tar" }
      - run: trunkline ci push image.tar ghcr.io/acme/app --dry-run
      - uses: actions/upload-artifact@v7
        with: { name: image, path: image.tar }
`;
/** Ships what the run of its own commit built, in a run of its own. */
const cd = `name: CD
on: { workflow_run: { workflows: [CI], types: [completed] } }
jobs:
  ship:
    runs-on: ubuntu-latest
    permissions: { actions: read, packages: write }
    steps:
      - { uses: trunkline/trunkline@v0 }
      - uses: docker/login-action@v4
        with: { registry: ghcr.io, username: x, password: "\${{ github.token }}" }
      - run: trunkline ci push image.tar ghcr.io/acme/app --artifact image --commit "$COMMIT"
        env: { COMMIT: "\${{ github.event.workflow_run.head_sha }}", GITHUB_TOKEN: "\${{ github.token }}" }
      - run: trunkline ci push image.tar ghcr.io/acme/app --artifact image --commit "$COMMIT"
        continue-on-error: true
        env: { COMMIT: "${'0'.repeat(40)}", GITHUB_TOKEN: "\${{ github.token }}" }
`;

test('an image is handed over by its archive, larger than what is held at once, from the run of its own commit', async () => {
  const run = await bench.push('app', ci, {
    '.github/workflows/cd.yml': cd,
    Dockerfile: 'FROM scratch\nCOPY noise /\n',
    // Does not compress, so that its layer comes and goes as a stream.
    noise: Array.from({ length: 200_000 }, (_, index) => Math.sin(index + 1).toString(36)).join('\n'),
  });
  expect(run.conclusions).toEqual(['build success', 'ship success']);
  const [built] = /sha256:[0-9a-f]{64}/.exec(run.logOf('build').split('would push')[1] ?? '') ?? [];
  expect(run.logOf('ship')).toContain(`pushed ghcr.io/acme/app@${built}`);
  expect(run.logOf('ship')).toMatch(/##\[error\]expected .*0{12}/);
});
