import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LabBench, openLabBench, workflowOf } from './testing/bench.ts';

let bench: LabBench;
beforeAll(async () => {
  bench = await openLabBench({ parallel: 4 });
});
afterAll(() => bench.close());

test('artifacts go from job to job, by name, pattern and id, merged, replaced, and never from another run by chance', async () => {
  const up = `steps:
  - run: |
      mkdir -p out/deep/.hidden out/empty
      echo a > out/a.txt; echo b > out/deep/b.log; echo h > out/deep/.hidden/h.txt; echo c > out/deep/c.txt
      head -c 3000000 /dev/urandom > out/noise; sha256sum out/noise | cut -c1-64 > out/sum
  - { uses: actions/upload-artifact@v4, id: one, with: { name: one, path: "out/**/*.txt\\n!out/deep/c.txt" } }
  - { uses: actions/upload-artifact@v4, with: { name: two, path: "out/a.txt\\nout/deep", include-hidden-files: true, compression-level: 0 } }
  - { uses: actions/upload-artifact@v4, with: { name: noise, path: out/noise, retention-days: 1000 } }
  - { uses: actions/upload-artifact@v4, with: { name: noise, path: "out/noise\\nout/sum", overwrite: true } }
  - { uses: actions/upload-artifact@v4, with: { name: nothing, path: nowhere } }
  - { uses: actions/upload-artifact@v4, with: { name: nothing, path: nowhere, if-no-files-found: ignore } }
  - { uses: actions/upload-artifact/merge@v4, with: { name: all, pattern: "{one,two}", separate-directories: true } }
  - run: 'echo "id \${{ steps.one.outputs.artifact-id }} \${{ steps.one.outputs.artifact-url }} \${{ steps.one.outputs.artifact-digest }}"'
outputs: { id: "\${{ steps.one.outputs.artifact-id }}" }`;
  const down = `needs: up
steps:
  - { uses: actions/download-artifact@v4, with: { name: noise, path: here } , id: down }
  - run: test "$(sha256sum here/noise | cut -c1-64)" = "$(cat here/sum)"; echo "path \${{ steps.down.outputs.download-path }}"
  - { uses: actions/download-artifact@v4, with: { path: all } }
  - run: find all -type f | sort | grep -v noise
  - { uses: actions/download-artifact@v4, with: { pattern: t*, path: some, merge-multiple: true } }
  - run: find some -type f | sort
  - { uses: actions/download-artifact@v5, with: { artifact-ids: "\${{ needs.up.outputs.id }}", path: byid } }
  - run: find byid -type f
  - { uses: actions/upload-artifact@v4, with: { name: one, path: byid }, continue-on-error: true }
  - { uses: actions/upload-artifact@v4, with: { name: "a/b", path: byid }, continue-on-error: true }
  - { uses: actions/upload-artifact@v4, with: { path: nowhere, if-no-files-found: error }, continue-on-error: true }
  - { uses: actions/download-artifact@v4, with: { name: never } }`;
  const first = await bench.push('artifacts', workflowOf({ up, down }));
  expect(first.conclusions).toEqual(['down failure', 'up success']);
  expect(first.log).toMatch(
    /^id \d+ https:\/\/github\.com\/acme\/artifacts\/actions\/runs\/\d+\/artifacts\/\d+ [0-9a-f]{64}$/m,
  );
  expect(first.log).toContain('Retention days cannot be greater than the maximum allowed retention set');
  expect(first.log).toContain('##[warning]No files were found with the provided path: nowhere. No artifacts will');
  expect(first.log).toMatch(/^path \/.*\/artifacts\/here$/m);
  expect(
    first
      .logOf('down')
      .split('\n')
      .filter((line) => /^(?:all|some|byid)\//.test(line)),
  ).toEqual([
    'all/all/one/a.txt',
    'all/all/two/a.txt',
    'all/all/two/deep/b.log',
    'all/all/two/deep/c.txt',
    'all/one/a.txt',
    'all/two/a.txt',
    'all/two/deep/.hidden/h.txt',
    'all/two/deep/b.log',
    'all/two/deep/c.txt',
    'some/a.txt',
    'some/deep/.hidden/h.txt',
    'some/deep/b.log',
    'some/deep/c.txt',
    'byid/a.txt',
  ]);
  for (const said of [
    '(409) Conflict: an artifact with this name already exists on the workflow run',
    'The artifact name is not valid: a/b.',
    '##[error]No files were found with the provided path: nowhere. No artifacts will be uploaded.',
    'Unable to download artifact(s): Artifact not found for name: never',
  ])
    expect(first.logOf('down')).toContain(said);
  expect(first.jobs['up']?.steps.filter((step) => step.uses !== undefined).map((step) => step.fidelity)).toEqual(
    Array.from({ length: 7 }, () => 'built-in'),
  );

  const { artifacts } = await bench.api('GET', '/repos/acme/artifacts/actions/artifacts?name=one');
  const { id } = artifacts[0].workflow_run;
  const across = `steps:
  - { uses: actions/download-artifact@v4, with: { name: one }, continue-on-error: true }
  - { uses: actions/download-artifact@v4, with: { name: one, path: x, run-id: ${id}, github-token: "\${{ github.token }}" } }
  - run: cat x/a.txt
  - { uses: actions/download-artifact@v4, with: { run-id: ${id}, github-token: "\${{ github.token }}", repository: acme/none } }`;
  const second = await bench.push('artifacts', workflowOf({ across }, 'permissions: { actions: read }\n'));
  expect(second.log).toContain('Artifact not found for name: one');
  expect(second.log).toMatch(/^a$/m);
  expect(second.log).toContain('Unable to download artifact(s): Not Found - 404');
});

test('a cache is restored by key and by prefix, saved only after success, and missed aloud where that is asked for', async () => {
  const first = `steps:
  - { uses: actions/cache@v4, id: deps, with: { path: "deps\\n~/.tool", key: deps-1, restore-keys: deps- } }
  - run: 'mkdir -p deps ~/.tool; echo one > deps/file; echo tool > ~/.tool/bin; echo "hit [\${{ steps.deps.outputs.cache-hit }}]"'`;
  const failing = `steps:
  - { uses: actions/cache@v4, with: { path: other, key: never } }
  - run: mkdir other; echo x > other/file; exit 1`;
  const saved = await bench.push('caches', workflowOf({ first, failing }));
  expect(saved.conclusions).toEqual(['failing failure', 'first success']);
  expect(saved.logOf('first')).toContain('Cache not found for input keys: deps-1, deps-');
  expect(saved.logOf('first')).toContain('\nhit []');
  expect(saved.logOf('first')).toContain('Cache saved with key: deps-1');

  const again = `steps:
  - { uses: actions/cache@v4, id: exact, with: { path: "deps\\n~/.tool", key: deps-1 } }
  - run: cat deps/file ~/.tool/bin; echo "hit \${{ steps.exact.outputs.cache-hit }}"`;
  const prefix = `steps:
  - { uses: actions/cache/restore@v4, id: near, with: { path: "deps\\n~/.tool", key: deps-2, restore-keys: "x\\ndeps-", lookup-only: true } }
  - run: 'ls deps || echo none; echo "near \${{ steps.near.outputs.cache-hit }} \${{ steps.near.outputs.cache-matched-key }} \${{ steps.near.outputs.cache-primary-key }}"'
  - { uses: actions/cache/save@v4, with: { path: "deps\\n~/.tool", key: deps-9 } }
  - { uses: actions/cache/restore@v4, with: { path: other, key: never, fail-on-cache-miss: true } }`;
  const restored = await bench.push('caches', workflowOf({ again, prefix }));
  expect(restored.conclusions).toEqual(['again success', 'prefix failure']);
  expect(restored.logOf('again')).toContain('\none\ntool\nhit true\n');
  expect(restored.logOf('again')).toContain('Cache hit occurred on the primary key deps-1, not saving cache.');
  expect(restored.logOf('prefix')).toMatch(/^near false deps-1 deps-2$/m);
  expect(restored.logOf('prefix')).toContain('do(es) not exist, hence no cache is being saved');
  expect(restored.logOf('prefix')).toContain('Exiting as fail-on-cache-miss is set. Input key: never');
  const { actions_caches } = await bench.api('GET', '/repos/acme/caches/actions/caches');
  expect(actions_caches).toMatchObject([{ key: 'deps-1', ref: 'refs/heads/main' }]);
});
