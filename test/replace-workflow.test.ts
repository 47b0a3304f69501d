import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LabBench, openLabBench, workflowOf } from '../src/lab/testing/bench.ts';

let bench: LabBench;
beforeAll(async () => {
  bench = await openLabBench();
});
afterAll(() => bench.close());

test('ci replace and ci changed are steps of a hand-written workflow', async () => {
  const steps = `steps:
  - uses: actions/checkout@v4
    with: { fetch-depth: 0 }
  - uses: trunkline/trunkline@v1
  - id: replace
    run: trunkline ci replace
    env:
      INPUT_MAPPINGS: >-
        docker_image_tag==.*-dev {THEN_UPDATE_FILES} **dev/values.yaml=docker_image_tag_regex&git_branch_regex
        {NEXT_MAPPING}
        docker_image_tag==.*-prod {THEN_UPDATE_FILES} **prod/values.yaml=docker_image_tag_regex&git_branch_regex
      INPUT_DOCKER_IMAGE_TAG: 1.2.3-dev
      INPUT_DOCKER_IMAGE_TAG_REGEX: "imageTag: \\\\\\"(?<docker_image_tag>.*)\\\\\\""
      INPUT_GIT_BRANCH: 'it''s "main" & more'
      INPUT_GIT_BRANCH_REGEX: 'branch: (?<git_branch>.*)'
  - if: steps.replace.outputs.total_modified_files >= 1
    run: git diff --unified=0; git status --short
  - id: changed
    run: trunkline ci changed
  - run: 'echo "services \${{ join(fromJSON(steps.changed.outputs.services)) }} of \${{ steps.replace.outputs.docker_image_tag }}"'`;
  const values = 'imageTag: "1.2.2-dev"\nbranch: old\n';
  const run = await bench.push('replace', workflowOf({ job: steps }), {
    'environments/dev/values.yaml': values,
    'environments/prod/values.yaml': values,
    'trunkline.yaml':
      'kind: Services\ninfra: acme/infra\nservices: { api: { path: environments/dev }, web: { path: web } }\n',
  });
  expect(run.conclusions).toEqual(['job success']);
  const log = run.logOf('job');
  expect(log).toMatch(/^\+imageTag: "1\.2\.3-dev"$/m);
  expect(log).toMatch(/^\+branch: it's "main" & more$/m);
  expect(log).toMatch(/^ M environments\/dev\/values\.yaml$/m);
  expect(log).not.toMatch(/^ M environments\/prod/m);
  expect(log).toMatch(/^services .*api.* of 1\.2\.3-dev$/m);
});
