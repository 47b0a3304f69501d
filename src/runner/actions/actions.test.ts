import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorkbench, type Workbench } from '../testing/workbench.ts';
import type { BuiltInAction } from './action.ts';

let bench: Workbench;
afterEach(() => bench.close());

const standIn: BuiltInAction = {
  name: 'vendor/tool',
  fidelity: 'stand-in',
  run: async (call) => {
    call.log(`::notice::got ${call.inputs['what']}`);
    call.setOutput('answer', '42');
    call.state.set('kept', 'state');
    return {
      conclusion: 'success',
      outputs: { more: 'yes' },
      post: async (later) => later.log(`post of the tool has ${later.state.get('kept')}`),
    };
  },
};

beforeEach(async () => {
  bench = await openWorkbench({ builtIns: [standIn], mirrors: new Map([['acme/checkout', 'actions/checkout']]) });
});

const workflow = (steps: string): string =>
  `on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n${steps.replaceAll(/^/gm, '      ')}\n`;

const nodeAction = `name: n
description: d
inputs: { who: { default: 'nobody \${{ github.actor }}' }, "two words": { default: x } }
runs: { using: node20, main: main.js, post: post.js }
`;
const mainJs = `const fs = require('node:fs');
console.log('main for ' + process.env.INPUT_WHO + ' ' + process.env.INPUT_TWO_WORDS + ' ' + (process.env.GITHUB_ACTION_PATH !== undefined));
fs.appendFileSync(process.env.GITHUB_STATE, 'mine=' + process.env.INPUT_WHO + '\\n');
fs.appendFileSync(process.env.GITHUB_OUTPUT, 'said=hello\\n');
`;
const postJs = `console.log('post for ' + process.env.STATE_mine);\n`;

test('checkout, JavaScript and composite actions: inputs, state, outputs, posts last in first out', async () => {
  const { log, run, jobs } = await bench.run(
    workflow(`- uses: Acme/checkout@v4
- { uses: ./js, id: one, with: { who: first } }
- { uses: ./both, id: two, with: { name: second } }
- run: 'echo "\${{ steps.one.outputs.said }} \${{ steps.two.outputs.out }}"; git log -1 --format=%s; git branch --show-current'
- { uses: vendor/tool@v9, id: tool, with: { What: it } }
- run: echo "tool \${{ steps.tool.outputs.answer }} \${{ steps.tool.outputs.more }}"`),
    {
      'js/action.yml': nodeAction,
      'js/main.js': mainJs,
      'js/post.js': postJs,
      'both/action.yml': `name: b
description: d
inputs: { name: { required: true } }
outputs: { out: { value: '\${{ steps.s.outputs.v }}' } }
runs:
  using: composite
  steps:
    - { id: s, shell: bash, run: 'echo "v=made by \${{ inputs.name }}" >> "$GITHUB_OUTPUT"' }
    - { uses: ./js, with: { who: inner } }
    - { shell: bash, run: exit 1, continue-on-error: true }
    - { shell: bash, run: echo inner goes on }
    - { shell: bash, run: echo never, if: failure() }
`,
    },
  );
  expect(log).toContain('\nmain for first x true\n');
  expect(log).toContain('\nhello made by second\nchange\nmain\n');
  expect(log).toContain('\ninner goes on\n');
  expect(log).not.toMatch(/^never$/m);
  expect(log).toContain('\ntool 42 yes\n');
  const posts = ['post of the tool has state', 'post for inner', 'post for first'].map((line) => log.indexOf(line));
  expect(posts).toEqual([...posts].sort((a, b) => a - b));
  expect(posts).not.toContain(-1);
  expect(run.conclusion).toBe('success');
  expect(jobs['job']?.steps.filter((step) => step.name.startsWith('Post')).map((step) => step.fidelity)).toEqual([
    'stand-in',
    'real',
    'real',
    'built-in',
  ]);
  expect(log).not.toContain(Buffer.from('x-access-token:').toString('base64').slice(0, 16));
});

test('what an action of the workspace does before is left out, said so, and its name is that of the job’s step', async () => {
  const { log, run } = await bench.run(workflow('- uses: actions/checkout@v4\n- { uses: ./both, id: outer }'), {
    'both/action.yml': `runs:
  using: composite
  steps:
    - { id: inner, uses: ./js }
    - { shell: bash, run: 'echo "\${{ github.action }} $GITHUB_ACTION"' }
`,
    'js/action.yml': 'runs: { using: node20, pre: pre.js, main: main.js }',
    'js/pre.js': 'console.log("before")',
    'js/main.js': 'console.log(`main of ${process.env.GITHUB_ACTION}`)',
  });
  expect(run.conclusion).toBe('success');
  expect(log).toContain("##[warning]`pre` execution is not supported for local action from './js'");
  expect(log).not.toMatch(/^before$/m);
  expect(log).toMatch(/^outer outer$/m);
});

test('a default of an action may speak of the event', async () => {
  const { log } = await bench.run(workflow('- uses: actions/checkout@v4\n- uses: ./js'), {
    'js/action.yml': nodeAction,
    'js/main.js': mainJs,
    'js/post.js': postJs,
  });
  expect(log).toContain('main for nobody alice x true');
});

test('an action of another repository on the forge is exported at its ref', async () => {
  await bench.commit({ 'sub/action.yml': nodeAction, 'sub/main.js': mainJs, 'sub/post.js': postJs }, 'acme/actions');
  const { log, run } = await bench.run(workflow('- { uses: acme/actions/sub@main, with: { who: remote, odd: 1 } }'));
  expect(run.conclusion).toBe('success');
  expect(log).toContain('main for remote');
  expect(log).toContain("Unexpected input(s) 'odd'");
});

test('an action of the same repository needs no checkout, wherever the file that names it is', async () => {
  const action = (text: string): string => `runs: { using: composite, steps: [{ shell: bash, run: 'echo ${text}' }] }`;
  const nested =
    'runs: { using: composite, steps: [{ uses: $/inner }, { shell: bash, run: echo "in $GITHUB_ACTION_REPOSITORY" }] }';
  await bench.commit({ 'outer/action.yml': nested, 'inner/action.yml': action('inner of tools') }, 'acme/tools');
  await bench.commit(
    {
      '.github/workflows/called.yml':
        'on: workflow_call\njobs: { c: { runs-on: ubuntu-latest, steps: [{ uses: $/inner }] } }',
    },
    'acme/tools',
  );
  const { log, run } = await bench.run(
    `${workflow('- uses: $/inner\n- uses: acme/tools/outer@main')}  call: { uses: acme/tools/.github/workflows/called.yml@main }\n`,
    { 'inner/action.yml': action('inner of the app') },
  );
  expect(run.conclusion).toBe('success');
  const said = log.split('\n').filter((line) => /^in(?:ner)? /.test(line));
  expect(said).toEqual(['inner of the app', 'inner of tools', 'in acme/tools', 'inner of tools']);
});

test('a failing composite fails its step, and what runs in it may see so', async () => {
  const { log, jobs } = await bench.run(workflow('- uses: actions/checkout@v4\n- uses: ./c'), {
    'c/action.yml': `name: c
description: d
runs:
  using: composite
  steps:
    - { shell: bash, run: exit 3 }
    - { shell: bash, run: echo never }
    - { shell: bash, run: echo rescue, if: failure() }
`,
  });
  expect(jobs['job']?.conclusion).toBe('failure');
  expect(log).toContain('\nrescue\n');
  expect(log).not.toMatch(/^never$/m);
});

test('what cannot be had fails the job before its first step', async () => {
  await bench.commit({ 'action.yml': 'runs: { using: docker, image: Dockerfile }' }, 'acme/image');
  await bench.commit(
    { 'action.yml': 'runs:\n  using: composite\n  steps: [{ uses: nobody/nothing@v1 }]\n' },
    'acme/outer',
  );
  const refused = {
    'docker://alpine:3': 'no container engine answers here, which docker://alpine:3 needs',
    'acme/image@main': 'no container engine answers here, which acme/image@main needs',
    'acme/outer@main': 'Unable to resolve action `nobody/nothing@v1`, repository not found',
    'acme/outer@v9': 'Unable to resolve action `acme/outer@v9`, unable to find version `v9`',
  };
  for (const [uses, message] of Object.entries(refused)) {
    const { log, jobs } = await bench.run(workflow(`- run: echo never\n- { uses: '${uses}', if: false }`));
    expect(jobs['job']?.steps.map((step) => `${step.name} ${step.conclusion}`)).toEqual([
      'Set up job failure',
      'Complete job success',
    ]);
    expect(log).toContain(message);
  }
});

test('what an action does before runs before the first step, in a step of its own', async () => {
  const say = (text: string): string => `console.log(${JSON.stringify(text)} + process.env.INPUT_WHO)`;
  await bench.commit(
    {
      'action.yml': 'inputs: { who: {} }\nruns: { using: node20, pre: pre.js, main: main.js, pre-if: runner.os != 1 }',
      'pre.js': `${say('before for ')}; require('node:fs').appendFileSync(process.env.GITHUB_STATE, 'x=kept\\n')`,
      'main.js': `${say('main for ')}; console.log('state ' + process.env.STATE_x)`,
    },
    'acme/pre',
  );
  const { log, jobs, run } = await bench.run(
    workflow(`- run: echo first
- { uses: acme/pre@main, id: a, with: { who: a } }
- { uses: acme/pre@main, if: false, with: { who: b } }`),
  );
  expect(run.conclusion).toBe('success');
  expect(jobs['job']?.steps.map((step) => `${step.name} ${step.conclusion}`)).toEqual([
    'Set up job success',
    'Pre Run acme/pre@main success',
    'Pre Run acme/pre@main success',
    'Run echo first success',
    'Run acme/pre@main success',
    'Run acme/pre@main skipped',
    'Complete job success',
  ]);
  const at = ['before for a', 'before for b', 'first', 'main for a', 'state kept'].map((line) =>
    log.indexOf(`\n${line}`),
  );
  expect(at).not.toContain(-1);
  expect(at).toEqual([...at].sort((a, b) => a - b));
});
