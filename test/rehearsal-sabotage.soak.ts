import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { editForeign, makeForeignPair } from './testing/make-foreign-pair.ts';
import { rehearsePair } from './testing/rehearse-pair.ts';

let folder: string;
let pair: { app: string; infra: string };
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-sabotage-'));
  pair = await makeForeignPair(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function failedExpectations(): Promise<readonly string[]> {
  const rehearsal = await rehearsePair({
    ...pair,
    spoil: async (clone) => writeFileSync(join(clone.folder, 'config.json'), '{ "capacity": 0 }\n'),
  });
  const expectations = rehearsal.phases.flatMap((phase) => phase.expectations);
  const failed = expectations.filter(({ result }) => result === 'failed').map(({ text }) => text);
  expect(rehearsal.ok).toBe(failed.length === 0);
  return failed;
}

const rubberStamp = `run: |
          curl -fsS -X POST -H "Authorization: Bearer $TOKEN" \
            "https://api.github.com/repos/umbrella/estate/statuses/$SHA" \
            -d '{ "state": "success", "context": "trunkline / policy" }'
        env:
          TOKEN: \${{ github.token }}
          SHA: \${{ github.event.workflow_run.head_sha }}
`;

test('a policy that passes everything is found out', async () => {
  await editForeign(pair.infra, '.github/workflows/judge.yaml', (text) =>
    text
      .replace(/run: trunkline ci policy[\s\S]*$/, rubberStamp)
      .replaceAll('permissions: {}', 'permissions: { statuses: write }'),
  );
  const failed = await failedExpectations();
  expect(failed).toContain('made by hand, with every approval, GitHub refuses to merge it');
  expect(failed).toContain('nothing was deployed to live');
  expect(failed).toContain('alice, who asked for it, cannot approve it');
}, 240_000);

test('a rollback without a hold is found out', async () => {
  await editForeign(pair.infra, '.github/workflows/roll-out-one.yaml', (text) =>
    text.replace(' --as-configured', ' --no-hold'),
  );
  expect(await failedExpectations()).toEqual([
    'a hold is on record for web in int',
    'the hold keeps automation from bringing it back',
  ]);
}, 240_000);
