import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LabBench, openLabBench, workflowOf } from '../testing/bench.ts';

let bench: LabBench;
beforeAll(async () => {
  bench = await openLabBench({ parallel: 4, standInBuilds: true });
});
afterAll(() => bench.close());

const one = (uses: string, inputs: string): string => `steps:\n  - { uses: ${uses}, id: s, with: { ${inputs} } }\n`;
const echo = (...names: readonly string[]): string =>
  `  - run: 'echo "said ${names.map((name) => `\${{ steps.s.outputs.${name} }}`).join(' ')}"'`;

test('each stand-in passes what its action takes and refuses what it refuses, in its words', async () => {
  const login = (more: string): string => one('docker/login-action@v3', `registry: ghcr.io, ${more}`);
  const meta = (more: string): string => one('docker/metadata-action@v5', `images: "ghcr.io/Acme/App", ${more}`);
  const run = await bench.push(
    'app',
    workflowOf({
      login: `permissions: { packages: write }\n${login('username: x, password: "${{ github.token }}"')}  - run: grep -q ghcr.io ~/.docker/config.json`,
      loginWrong: login('username: x, password: wrong'),
      loginNobody: login('password: ""'),
      loginNameless: login('password: x'),
      meta: `${meta('tags: "type=ref,event=branch\\ntype=sha", labels: own=label')}${echo('version', 'tag-names')}\n  - run: echo "$DOCKER_METADATA_OUTPUT_TAGS"; grep -c own=label <<< "\${{ steps.s.outputs.labels }}"; grep -q DOCKER_META_VERSION "\${{ steps.s.outputs.bake-file }}"`,
      metaWrong: meta('tags: "type=nope"'),
      metaImage: one('docker/metadata-action@v5', 'images: "name=a,what=b"'),
      buildx: `${one('docker/setup-buildx-action@v3', 'name: mine')}${echo('name', 'driver')}`,
      buildxDriver: one('docker/setup-buildx-action@v3', 'driver: nonsense'),
      buildxState: one('docker/setup-buildx-action@v3', 'driver: remote, keep-state: true'),
      qemu: `${one('docker/setup-qemu-action@v3', 'platforms: "arm64,linux/arm/v7"')}${echo('platforms')}`,
      qemuWrong: one('docker/setup-qemu-action@v3', 'platforms: pdp11'),
      ecr: one(
        'docker/login-action@v3',
        'registry: 123456789012.dkr.ecr.eu-west-1.amazonaws.com, username: AKIA, password: x',
      ),
    }),
  );
  const passed = ['buildx', 'login', 'meta', 'qemu'];
  expect(run.conclusions.filter((each) => each.endsWith('success')).map((each) => each.split(' ')[0])).toEqual(passed);
  expect(run.logOf('meta')).toMatch(/^said main main$/m);
  expect(run.logOf('meta')).toMatch(/^ghcr\.io\/acme\/app:main$/m);
  expect(run.logOf('buildx')).toMatch(/^said mine docker-container$/m);
  expect(run.logOf('qemu')).toMatch(/^said linux\/arm64,linux\/arm$/m);
  for (const [job, said] of Object.entries({
    loginWrong: 'Error response from daemon: Get "https://ghcr.io/v2/": denied: denied',
    loginNobody: 'Username and password required',
    loginNameless: 'Username required',
    metaWrong: 'Unknown tag type attribute: nope',
    metaImage: 'Unknown image attribute: name=a,what=b',
    buildxDriver: 'ERROR: failed to find driver "nonsense"',
    buildxState: 'Cannot use keep-state with remote driver',
    qemuWrong: 'error: unknown architecture "pdp11"',
    ecr: 'The security token included in the request is invalid.',
  }))
    expect(run.logOf(job)).toContain(`##[error]${said}`);
  for (const job of passed)
    expect(run.jobs[job]?.steps.find(({ uses }) => uses?.startsWith('docker/'))?.fidelity).toBe('stand-in');
});
