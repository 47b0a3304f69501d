import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProgram } from '../../runner/process/find-program.ts';
import { installScripts } from '../../workflow/generate/steps.ts';
import { type LabBench, openLabBench, workflowOf } from '../testing/bench.ts';

let bench: LabBench;
beforeAll(async () => {
  bench = await openLabBench({ parallel: 4, standInBuilds: true });
});
afterAll(() => bench.close());

/** As generated workflows install a tool; no release of this address is anywhere. */
const install = (tool: string): string =>
  `  - name: Install ${tool}\n    run: |\n${installScripts.packed.replaceAll(/^(?=.)/gm, '      ')}    env: { TOOL: ${tool}, URL: "https://github.com/tools/${tool}/releases/download/v1/x", SHA256: "${'0'.repeat(64)}" }\n`;
const login = `  - uses: docker/login-action@v4
    with: { registry: ghcr.io, username: x, password: "\${{ github.token }}" }
`;
/** As the generator writes it with `scan`: an archive, a look at it, and only then the registry. */
const publish = (folder: string): string => `permissions: { packages: write, contents: read }
steps:
  - { uses: actions/checkout@v7 }
${login}  - { uses: trunkline/trunkline@v0 }
  - uses: docker/build-push-action@v7
    id: archive
    with: { context: ${folder}, platforms: "linux/amd64,linux/arm64", outputs: "type=oci,dest=\${{ runner.temp }}/built.tar" }
${install('trivy')}  - name: look
    run: |
      mkdir -p "$RUNNER_TEMP/built"
      tar -xf "$RUNNER_TEMP/built.tar" -C "$RUNNER_TEMP/built"
      trivy image --input "$RUNNER_TEMP/built" --scanners vuln --format json --output "$RUNNER_TEMP/built.json"
      trunkline ci gate scan "$RUNNER_TEMP/built.json"
  - name: push
    run: |
      trunkline ci push "$RUNNER_TEMP/built.tar" ghcr.io/acme/${folder} --digest "$DIGEST" --tag v1
      trivy image --scanners vuln --format json --output "$RUNNER_TEMP/pushed.json" "ghcr.io/acme/${folder}@$DIGEST"
      trunkline ci gate scan "$RUNNER_TEMP/pushed.json" --digest "$DIGEST"
    env: { DIGEST: "\${{ steps.archive.outputs.digest }}" }
`;
/** Tries the image as examples/build-once does. */
const tried = `needs: good
permissions: { packages: read }
steps:
${login}  - run: |
      docker run --detach --rm --name tried --publish 127.0.0.1:0:8080 ghcr.io/acme/good:v1
      curl --silent --fail "http://$(docker port tried 8080/tcp)/"
      docker stop tried
      docker run --rm ghcr.io/acme/good:v1 node -e 'console.log("in", process.env.WHO)'
      ! docker port tried 8080/tcp
`;
const lock = (lodash: string): string =>
  JSON.stringify({ lockfileVersion: 3, packages: { 'node_modules/lodash': { version: lodash } } });
const dockerfile = 'FROM node\nENV WHO=image\nUSER node\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n';
const server = "require('http').createServer((_, to) => to.end('well')).listen(process.env.PORT)\n";
const linted = `steps:
  - { uses: actions/checkout@v7 }
${install('hadolint')}  - run: hadolint --failure-threshold error good/Dockerfile && ! hadolint --failure-threshold error bad/Dockerfile
  - run: shellcheck --severity=warning good/run.sh && ! shellcheck --severity=warning bad/run.sh
  - run: |
      yamllint --strict -d '{extends: relaxed}' good && ! yamllint --strict -d '{extends: relaxed}' bad
`;

test('an image is looked at in its archive before anybody can pull it; linters and docker have somebody to stand for them', async () => {
  const run = await bench.push(
    'app',
    workflowOf({ good: publish('good'), bad: publish('bad'), tried, linted }),
    Object.fromEntries([
      ...['good', 'bad'].map((name) => [`${name}/package-lock.json`, lock(name === 'good' ? '4.17.21' : '4.17.20')]),
      ['good/Dockerfile', dockerfile],
      ['bad/Dockerfile', `${dockerfile}ADD server.js relative/\n`],
      ['good/server.js', server],
      ['bad/server.js', server],
      ['good/run.sh', '#!/bin/sh\nif true; then echo yes; fi\n'],
      ['bad/run.sh', '#!/bin/sh\nif true; then echo yes\n'],
      ['good/x.yaml', 'a: 1\n'],
      ['bad/x.yaml', 'a: 1\na: 2\n'],
    ]),
  );
  expect(run.conclusions).toEqual(['bad failure', 'good success', 'linted success', 'tried success']);
  expect(run.logOf('bad')).toContain('HIGH CVE-2021-23337 lodash 4.17.20 → 4.17.21');
  expect(run.logOf('tried')).toMatch(/^well.*tried$/m);
  expect(run.logOf('tried')).toContain('in image');
  expect(await statusOf('good/manifests/v1')).toBe(200);
  // Neither under a tag nor by its digest: nothing of it ever came there.
  expect(await statusOf('bad/tags/list')).toBe(404);
  const steps = (job: string) => run.jobs[job]?.steps ?? [];
  const real = (await findProgram('trivy', process.env['PATH'] ?? '')) !== undefined;
  expect(steps('good').find(({ name }) => name === 'look')?.fidelity).toBe(real ? 'real' : 'stand-in');
  expect(steps('good').find(({ name }) => name === 'Install trivy')?.fidelity).toBe(real ? 'built-in' : 'stand-in');
  for (const program of ['hadolint', 'shellcheck', 'yamllint', 'trivy'])
    if ((await findProgram(program, process.env['PATH'] ?? '')) === undefined)
      process.stdout.write(`not tried: ${program} itself (not on this machine)\n`);
});

async function statusOf(path: string): Promise<number> {
  const auth = Buffer.from(`alice:${bench.token}`).toString('base64');
  const headers = { authorization: `Basic ${auth}`, accept: 'application/vnd.oci.image.index.v1+json' };
  return (await bench.lab.fetch(`https://ghcr.io/v2/acme/${path}`, { headers })).status;
}
