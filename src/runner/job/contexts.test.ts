import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findNode } from '../process/find-node.ts';
import { openWorkbench, type Workbench } from '../testing/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

const workflow = (steps: string, job = ''): string =>
  `on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n${job}    steps:\n${steps.replaceAll(/^/gm, '      ')}\n`;

/** docs.github.com, "Contexts reference": every key that is documented, of a job's step. */
const documented: Readonly<Record<string, readonly string[]>> = {
  github: [
    ...['action', 'action_path', 'action_ref', 'action_repository', 'action_status', 'actor', 'actor_id', 'api_url'],
    ...['base_ref', 'env', 'event', 'event_name', 'event_path', 'graphql_url', 'head_ref', 'job', 'path', 'ref'],
    ...['ref_name', 'ref_protected', 'ref_type', 'repository', 'repository_id', 'repository_owner'],
    ...['repository_owner_id', 'repositoryUrl', 'retention_days', 'run_id', 'run_number', 'run_attempt'],
    ...['secret_source', 'server_url', 'sha', 'token', 'triggering_actor', 'workflow', 'workflow_ref'],
    ...['workflow_sha', 'workspace'],
  ],
  job: [
    ...['status', 'container', 'services', 'check_run_id', 'workflow_ref', 'workflow_sha', 'workflow_repository'],
    'workflow_file_path',
  ],
  runner: ['name', 'os', 'arch', 'temp', 'tool_cache', 'environment'],
  strategy: ['fail-fast', 'job-index', 'job-total', 'max-parallel'],
};
/** Only within a composite action, or in a job with containers. */
const elsewhere = new Set(['action_path', 'action_ref', 'action_repository', 'container', 'services']);

test('every documented key of every context is there', async () => {
  const names = Object.keys(documented);
  const { log, run } = await bench.run(
    workflow(
      `- run: |\n${names.map((name) => `    cat <<'END-${name}'\n    \${{ toJSON(${name}) }}\n    END-${name}`).join('\n')}`,
      '    strategy: { matrix: { n: [1] } }\n',
    ),
  );
  expect(run.conclusion).toBe('success');
  for (const [name, keys] of Object.entries(documented)) {
    const text = log.match(new RegExp(`\\n\\{\\n(?:(?!\\n\\{\\n)[\\s\\S])*?"${keys[0]}"[\\s\\S]*?\\n\\}\\n`))?.[0];
    const missing = keys.filter((key) => !elsewhere.has(key) && !log.includes(`"${key}":`));
    expect([name, missing, text !== undefined]).toEqual([name, [], true]);
  }
});

test('steps without an id of their own, empty outputs and what a job lacks are in no context', async () => {
  const { log, jobs, run } = await bench.run(
    workflow(
      `- run: echo "x=1" >> "$GITHUB_OUTPUT"
- id: named
  run: echo "x=1" >> "$GITHUB_OUTPUT"
- run: |
    cat <<'END'
    \${{ toJSON(steps) }} \${{ toJSON(job.services) }} \${{ toJSON(job.container) }}
    \${{ toJSON(secrets) }} \${{ secrets.GITHUB_TOKEN == github.token }}
    END
- run: echo "$CI $GITHUB_ACTIONS"
  env: { CI: 'no', GITHUB_ACTIONS: 'no' }`,
      '    outputs: { none: "${{ steps.named.outputs.y }}", some: "${{ steps.named.outputs.x }}" }\n',
    ),
  );
  expect(run.conclusion).toBe('success');
  const step = JSON.stringify({ named: { outputs: { x: '1' }, outcome: 'success', conclusion: 'success' } }, null, 2);
  expect(log).toContain(`\n${step} null null\n{\n  "github_token": "***"\n} true\n`);
  expect(log).toContain('\nno true\n');
  expect(jobs['job']?.outputs).toEqual({ some: '1' });
});

test('a step’s name and an environment’s address show no secret', async () => {
  const { log, jobs, run } = await bench.run(
    workflow(
      `- run: echo "::add-mask::hunter22"; echo "u=https://hunter22" >> "$GITHUB_OUTPUT"
  id: a
- run: echo "\${{ steps.a.outputs.u }}"`,
      '    environment: { name: prod, url: "${{ steps.a.outputs.u }}" }\n',
    ),
  );
  expect(run.conclusion).toBe('success');
  expect(jobs['job']?.steps.map(({ name }) => name)).toContain('Run echo "https://***"');
  expect(log).toContain("##[warning]Skip setting environment url as environment 'prod' may contain secret.");
  expect([...bench.service.jobs.values()].at(-1)?.environmentUrl).toBeUndefined();
});

test('a step’s command files are in the github context, and a composite action knows how it stands', async () => {
  const { log, run } = await bench.run(
    workflow(`- uses: actions/checkout@v4
- id: a
  run: echo "v=1" >> "\${{ github.output }}"; echo "KEPT=\${{ github.action }}" >> \${{ github.env }}
- run: echo "\${{ steps.a.outputs.v }} $KEPT [\${{ github.action_path }}]"
- { id: c, uses: ./action, continue-on-error: true }
- run: echo "the composite said \${{ steps.c.outputs.said }}, \${{ steps.c.outcome }}"`),
    {
      'action/action.yml': `outputs: { said: { value: '\${{ steps.s.outputs.said }}' } }
runs:
  using: composite
  steps:
    - { shell: bash, run: 'echo "first \${{ github.action_status }} in \${{ github.action_path }}"' }
    - { shell: bash, run: exit 1 }
    - { id: s, if: always(), shell: bash, run: 'echo "said=\${{ github.action_status }}" >> $GITHUB_OUTPUT' }
`,
    },
  );
  expect(run.conclusion).toBe('success');
  expect(log).toContain('\n1 a []\n');
  expect(log).toMatch(/\nfirst success in \S+\/action\n/);
  expect(log).toContain('\nthe composite said failure, failure\n');
});

test('a job’s environment is what a runner gives it and nothing of the machine’s but a few names', async () => {
  process.env['SECRET_OF_THE_MACHINE'] = 'leak';
  const { log } = await bench.run(workflow('- run: env | cut -d= -f1 | sort | tr "\\n" " "'));
  delete process.env['SECRET_OF_THE_MACHINE'];
  const names =
    log
      .split('\n')
      .find((line) => line.startsWith('CI '))
      ?.trim()
      .split(' ') ?? [];
  const allowed =
    /^(?:GITHUB_\w+|RUNNER_\w+|CI|HOME|PATH|PWD|SHLVL|TMPDIR|LANG|LC_ALL|TZ|USER|LOGNAME|SHELL|GIT_TERMINAL_PROMPT|_)$/;
  expect(names.length).toBeGreaterThan(40);
  expect(names.filter((name) => !allowed.test(name))).toEqual([]);
});

test('the Node that an action declares is looked for in tool caches, with nvm and on the PATH', async () => {
  const root = join(bench.folder, 'nodes');
  const put = (folder: string, version: string): string => {
    mkdirSync(join(root, folder), { recursive: true });
    const file = join(root, folder, 'node');
    writeFileSync(file, `#!/bin/sh\necho v${version}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const [cached, withNvm, onPath] = [
    put(`cache/node/24.9.1/${process.arch}/bin`, '24.9.1'),
    put('nvm/versions/node/v26.1.0/bin', '26.1.0'),
    put('bin', '30.0.0'),
  ];
  put(`cache/node/24.10.0/${process.arch}`, '24.10.0');
  const env = {
    PATH: `${join(root, 'bin')}:/usr/bin`,
    RUNNER_TOOL_CACHE: join(root, 'cache'),
    NVM_DIR: join(root, 'nvm'),
  };
  expect(await findNode(24, env)).toBe(cached);
  put(`cache/node/24.10.0/${process.arch}/bin`, '24.10.0');
  expect(await findNode(24, env)).toBe(cached.replace('24.9.1', '24.10.0'));
  expect(await findNode(26, env)).toBe(withNvm);
  expect(await findNode(30, env)).toBe(onPath);
  expect(await findNode(18, env)).toBeUndefined();
});
