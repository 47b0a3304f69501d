import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LabBench, openLabBench, workflowOf } from '../src/lab/testing/bench.ts';

let bench: LabBench;
beforeAll(async () => {
  bench = await openLabBench({ parallel: 4 });
});
afterAll(() => bench.close());

const packageOf = (name: string): string => JSON.stringify(resolve(import.meta.dirname, '../node_modules', name));

/** A JavaScript action with GitHub's own clients, as a published one has them in its bundle. */
const main = `
import { readFileSync, writeFileSync, mkdirSync, rmSync } from 'node:fs';
const { DefaultArtifactClient } = await import(${packageOf('@actions/artifact/lib/artifact.js')});
const { saveCache, restoreCache } = await import(${packageOf('@actions/cache/lib/cache.js')});
const core = await import(${packageOf('@actions/core/lib/core.js')});
const artifacts = new DefaultArtifactClient();
const { artifact } = await artifacts.getArtifact('ours');
const { downloadPath, digestMismatch } = await artifacts.downloadArtifact(artifact.id, { path: 'got', expectedHash: artifact.digest });
console.log('ours says ' + readFileSync(downloadPath + '/in/ours.txt', 'utf8').trim() + ', mismatch ' + digestMismatch);
mkdirSync('theirs/deep', { recursive: true });
writeFileSync('theirs/deep/file.txt', 'theirs\\n');
await artifacts.uploadArtifact('theirs', ['theirs/deep/file.txt'], 'theirs');
console.log('restored ' + await restoreCache(['cached'], 'none', ['ours-']) + ' ' + readFileSync('cached/file', 'utf8').trim());
await saveCache(['cached'], 'theirs-1');
rmSync('cached', { recursive: true });
const token = JSON.parse(Buffer.from((await core.getIDToken('me')).split('.')[1], 'base64url').toString());
console.log('token ' + token.aud + ' ' + token.sub);
console.log('seen ' + ['ACTIONS_RUNTIME_URL', 'ACTIONS_RUNTIME_TOKEN', 'ACTIONS_RESULTS_URL', 'ACTIONS_CACHE_SERVICE_V2'].filter((name) => process.env[name]).length);
const scp = JSON.parse(Buffer.from(process.env.ACTIONS_RUNTIME_TOKEN.split('.')[1], 'base64url').toString()).scp;
console.log('scope ' + /Actions\\.Results:[0-9a-f-]{36}:[0-9a-f-]{36}/.test(scp) + ' secret ' + process.env.ACTIONS_RUNTIME_TOKEN);
`;

test('GitHub’s clients and the built-in actions read what the other wrote, in a job, at GitHub’s own addresses', async () => {
  const job = `permissions: { id-token: write, contents: read }
steps:
  - uses: actions/checkout@v4
  - run: mkdir in cached; echo hello > in/ours.txt; echo kept > cached/file; touch in/empty
  - { uses: actions/upload-artifact@v4, with: { name: ours, path: "in\\nREADME" } }
  - { uses: actions/cache/save@v4, with: { path: cached, key: ours-1 } }
  - run: rm -r cached
  - uses: ./client
  - { uses: actions/download-artifact@v4, with: { name: theirs, path: back } }
  - { uses: actions/cache/restore@v4, with: { path: cached, key: theirs-1 } }
  - run: cat back/deep/file.txt cached/file; env | grep -cE 'ACTIONS_(RUNTIME|RESULTS|CACHE)' || echo none for scripts
  - run: |
      curl -sSf -H "authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=shell" | cut -c1-20
      curl -sSf https://token.actions.githubusercontent.com/.well-known/openid-configuration | grep -o '"issuer":"[^"]*"'
      curl -sSf https://token.actions.githubusercontent.com/.well-known/jwks | grep -o '"kty":"RSA"'`;
  const without = 'steps:\n  - run: \'echo "asked [$ACTIONS_ID_TOKEN_REQUEST_URL$ACTIONS_ID_TOKEN_REQUEST_TOKEN]"\'';
  const files = {
    README: 'x',
    'client/action.yml': 'runs: { using: node20, main: main.mjs }',
    'client/main.mjs': main,
  };
  const { conclusions, log, logOf } = await bench.push('clients', workflowOf({ job, without }), files);
  if (conclusions.join() !== 'job success,without success') process.stdout.write(`${log}\n`);
  expect(conclusions).toEqual(['job success', 'without success']);
  for (const said of [
    'ours says hello, mismatch false',
    'restored ours-1 kept',
    'token me repo:acme/clients:ref:refs/heads/main',
    'seen 4',
    'scope true secret ***',
    'theirs',
    'kept',
    'none for scripts',
    '{"count":1,"value":"',
    '"issuer":"https://token.actions.githubusercontent.com"',
    '"kty":"RSA"',
  ])
    expect(log.split('\n')).toContain(said);
  expect(logOf('without')).toContain('asked []');
  const hosts = bench.lab.egress().map(({ host, verdict }) => `${host} ${verdict}`);
  expect(hosts).toContain('results-receiver.actions.githubusercontent.com lab');
  expect(hosts).toContain('productionresultssa0.blob.core.windows.net lab');
});

test('a run that is run again has artifacts of its own under the same names, and sees the newest', async () => {
  const job = `steps:
  - run: echo "attempt $GITHUB_RUN_ATTEMPT" > file
  - { uses: actions/upload-artifact@v4, with: { name: file, path: file } }
  - { uses: actions/download-artifact@v4, with: { name: file, path: back } }
  - run: cat back/file`;
  await bench.push('again', workflowOf({ job }));
  const { workflow_runs } = await bench.api('GET', '/repos/acme/again/actions/runs');
  const { id } = workflow_runs[0];
  await bench.api('POST', `/repos/acme/again/actions/runs/${id}/rerun`);
  await bench.lab.idle();
  const run = await bench.api('GET', `/repos/acme/again/actions/runs/${id}`);
  expect(run).toMatchObject({ run_attempt: 2, conclusion: 'success' });
  expect(await bench.api('GET', `/repos/acme/again/actions/runs/${id}/artifacts`)).toMatchObject({ total_count: 2 });
});
