import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findProgram } from './process/find-program.ts';
import { openWorkbench, type Workbench } from './testing/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const head = 'on: [push, workflow_dispatch]\njobs:\n';

/** A workflow of one job with these steps. */
const steps = (text: string, job = ''): string =>
  `${head}  job:\n    runs-on: ubuntu-latest\n${job}    steps:\n${text.replaceAll(/^/gm, '      ')}\n`;

test('expressions in scripts keep quotes and here-documents', async () => {
  const { log, run } = await bench.run(
    steps(`- env: { WHO: "it's" }
  run: |
    cat <<EOF
      indented '\${{ 'it''s' }}' and ''
    EOF
    echo "\${{ github.ref_name }} $GITHUB_REF_NAME \${{ env.WHO }}"`),
  );
  expect(run.conclusion).toBe('success');
  expect(log).toContain("\n  indented 'it's' and ''\n");
  expect(log).toContain("\nmain main it's\n");
});

test('outputs, environment, path and summary files carry over to later steps', async () => {
  const { jobs, run, log } = await bench.run(
    steps(
      `- id: a
  run: |
    echo "x=1" >> "$GITHUB_OUTPUT"
    printf 'm<<E\\none\\ntwo\\nE\\n' >> "$GITHUB_OUTPUT"
    echo "KEPT=yes" >> "$GITHUB_ENV"
    mkdir -p bin; printf '#!/bin/sh\\necho tool ran' > bin/mytool; chmod +x bin/mytool
    echo "$PWD/bin" >> "$GITHUB_PATH"
    echo "# Hello" >> "$GITHUB_STEP_SUMMARY"
- run: |
    mytool; echo "$KEPT \${{ env.KEPT }} \${{ steps.a.outcome }}" '\${{ toJSON(steps.a.outputs.m) }}'
- run: echo "NODE_OPTIONS=--x" >> "$GITHUB_ENV"
- run: echo "[$NODE_OPTIONS]"`,
      '    outputs:\n      x: ${{ steps.a.outputs.x }}\n',
    ),
  );
  expect(run.conclusion).toBe('success');
  expect(log).toContain('\ntool ran\n');
  expect(log).toContain('yes yes success "one\\ntwo"');
  expect(log).toContain("Can't store NODE_OPTIONS output parameter");
  expect(log).toContain('\n[]\n');
  expect(jobs['job']?.outputs).toEqual({ x: '1' });
  expect([...bench.service.jobs.values()][0]?.summary).toContain('# Hello');
});

test('a summary above a megabyte is left out, and a bad file command fails its step', async () => {
  const { log, jobs } = await bench.run(
    steps(`- run: echo small >> "$GITHUB_STEP_SUMMARY"
- run: head -c 1048577 /dev/zero | tr '\\0' x >> "$GITHUB_STEP_SUMMARY"
- run: echo "no equals sign" >> "$GITHUB_OUTPUT"`),
  );
  expect(jobs['job']?.steps.map((step) => step.conclusion)).toEqual([
    'success',
    'success',
    'success',
    'failure',
    'success',
  ]);
  expect(log).toContain('supports content up to a size of 1024k, got 1024k');
  expect(log).toContain("Invalid format 'no equals sign'");
  expect([...bench.service.jobs.values()][0]?.summary.trim()).toBe('small');
});

test('problem matchers of a file become annotations', async () => {
  const pattern = { regexp: '^(\\S+):(\\d+): (.*)$', file: 1, line: 2, message: 3 };
  await bench.run(
    steps(`- uses: actions/checkout@v4
- run: |
    echo "::add-matcher::matcher.json"; echo "src.c:7: it is wrong"
    echo "::remove-matcher owner=cc::"; echo "src.c:8: unseen"`),
    { 'matcher.json': JSON.stringify({ problemMatcher: [{ owner: 'cc', pattern: [pattern] }] }), 'src.c': '' },
  );
  const [kept] = bench.service.jobs.values();
  expect(kept?.annotations).toEqual([{ level: 'failure', message: 'it is wrong', path: 'src.c', startLine: 7 }]);
  expect(kept?.job.conclusion).toBe('success');
});

test('shells have their default flags', async () => {
  const python = (await findProgram('python', process.env['PATH'] ?? '')) !== undefined;
  if (!python)
    process.stderr.write('python is not installed: its shell was not tried (apt install python-is-python3)\n');
  const { log, run } = await bench.run(
    steps(`- run: 'false | true; echo "plain goes on"'
- run: 'false | true; echo "never"'
  shell: bash
  continue-on-error: true
- run: 'false; echo never'
  shell: sh
  continue-on-error: true
- run: 'import sys; print("python", sys.argv[0][-3:])'
  if: ${python}
  shell: python
- run: 'custom'
  shell: cat {0}
- run: 'x'
  shell: cat
  continue-on-error: true`),
  );
  expect(run.conclusion).toBe('success');
  expect(log).toMatch(/shell: \S+\/bash -e \{0\}/);
  expect(log).toMatch(/shell: \S+\/bash --noprofile --norc -e -o pipefail \{0\}/);
  expect(log).toContain('\nplain goes on\n');
  expect(log).not.toMatch(/^never$/m);
  expect(log.includes('\npython .py\n')).toBe(python);
  expect(log).toContain('Invalid shell option');
});

test('conditions see how the job stands', async () => {
  const { jobs, run } = await bench.run(
    steps(`- { name: a, id: a, run: exit 1, continue-on-error: true }
- { name: b, run: 'true', if: "steps.a.outcome == 'failure' && steps.a.conclusion == 'success'" }
- { name: c, run: exit 3 }
- { name: d, run: 'true' }
- { name: e, run: 'true', if: failure() }
- { name: f, run: 'true', if: always() }
- { name: g, run: 'true', if: cancelled() }`),
  );
  expect(run.conclusion).toBe('failure');
  expect(jobs['job']?.steps.map((step) => `${step.name} ${step.conclusion}`)).toEqual([
    'Set up job success',
    'a success',
    'b success',
    'c failure',
    'd skipped',
    'e success',
    'f success',
    'g skipped',
    'Complete job success',
  ]);
});

test('needs decide over all jobs before', async () => {
  const job = (id: string, rest: string): string => `  ${id}:\n    runs-on: ubuntu-latest\n${rest}`;
  const ok = "    steps: [{ run: 'true' }]\n";
  const { conclusions, run } = await bench.run(
    head +
      job('a', '    steps: [{ run: exit 1 }]\n') +
      job('b', `    needs: a\n${ok}`) +
      job('c', `    needs: a\n    if: always()\n${ok}`) +
      job('d', `    needs: c\n${ok}`) +
      job('e', `    needs: c\n    if: failure()\n${ok}`) +
      job(
        'f',
        `    needs: [a, b]\n    if: "!cancelled() && needs.a.result == 'failure' && needs.b.result == 'skipped'"\n${ok}`,
      ) +
      job('g', '    continue-on-error: true\n    steps: [{ run: exit 1 }]\n') +
      job('h', `    needs: g\n${ok}`),
  );
  expect(run.conclusion).toBe('failure');
  expect([...conclusions].sort()).toEqual([
    'a: failure',
    'b: skipped',
    'c: success',
    'd: skipped',
    'e: success',
    'f: success',
    'g: failure',
    'h: success',
  ]);
});

test('a matrix may come from an earlier output; it fails fast', async () => {
  const { conclusions } = await bench.run(`${head}  list:
    runs-on: ubuntu-latest
    outputs: { all: '\${{ steps.x.outputs.all }}' }
    steps: [{ id: x, run: "echo 'all=[1,2,3]' >> $GITHUB_OUTPUT" }]
  each:
    needs: list
    runs-on: ubuntu-latest
    strategy: { matrix: { n: '\${{ fromJSON(needs.list.outputs.all) }}' } }
    steps: [{ run: 'if [ \${{ matrix.n }} = 2 ]; then exit 1; fi; sleep 20' }]
`);
  expect(conclusions).toEqual(['list: success', 'each (1): cancelled', 'each (2): failure', 'each (3): cancelled']);
});

test('secrets are masked in logs, and outputs that hold one are dropped', async () => {
  bench.service.secrets = { KEY: 'hunter-22-x' };
  const { log, jobs } = await bench.run(
    steps(
      `- id: a
  env: { KEY: "\${{ secrets.KEY }}" }
  run: |
    echo "key $KEY"; printf %s "$KEY" | base64
    echo "leak=$KEY" >> $GITHUB_OUTPUT; echo "fine=1" >> $GITHUB_OUTPUT
    echo "::error file=a.ts,line=2::bad $KEY"`,
      "    outputs: { leak: '${{ steps.a.outputs.leak }}', fine: '${{ steps.a.outputs.fine }}' }\n",
    ),
  );
  expect(log).not.toContain('hunter-22-x');
  expect(log).toContain('\nkey ***\n***\n');
  expect(jobs['job']?.outputs).toEqual({ fine: '1' });
  const annotations = [...bench.service.jobs.values()][0]?.annotations ?? [];
  expect(annotations).toContainEqual({ level: 'failure', message: 'bad ***', path: 'a.ts', startLine: 2 });
  expect(annotations.some((one) => one.message === "Skip output 'leak' since it may contain secret.")).toBe(true);
  expect(JSON.stringify(bench.reports)).not.toContain('hunter-22-x');
});

/** Processes whose working folder or command line lies in the bench's folder. */
function processes(): readonly string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(bench.folder);
      } catch {
        return false;
      }
    });
}

test('a cancelled run leaves no process, and runs always() and cancelled() steps', async () => {
  const sha = await bench.commit({
    '.github/workflows/w.yml': steps(`- run: setsid sleep 600 & sleep 600
- run: echo not this
- run: echo cleaned
  if: cancelled()`),
  });
  bench.send(sha);
  while (!bench.reports.some((report) => report.kind === 'line' && report.text.startsWith('shell:'))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const runId = [...bench.service.runs.keys()][0] ?? 0;
  bench.service.send({ kind: 'cancel', runId, force: false });
  const [seen] = await bench.finish();
  expect(seen?.run.conclusion).toBe('cancelled');
  expect(seen?.conclusions).toEqual(['job: cancelled']);
  expect(seen?.jobs['job']?.steps.map((step) => step.conclusion)).toEqual([
    'success',
    'cancelled',
    'skipped',
    'success',
    'success',
  ]);
  expect(processes()).toEqual([]);
});

test('a step that takes too long fails, a job that does is cancelled', async () => {
  const step = await bench.run(
    steps('- { run: sleep 60, timeout-minutes: 0.005 }\n- { run: echo after, if: failure() }'),
  );
  expect(step.conclusions).toEqual(['job: failure']);
  expect(step.log).toContain('has timed out after 0.005 minutes');
  expect(step.log).toContain('\nafter\n');
  const job = await bench.run(steps('- run: sleep 60', '    timeout-minutes: 0.005\n'));
  expect(job.conclusions).toEqual(['job: cancelled']);
});

test('an unknown runner, action and container fail by name', async () => {
  const { conclusions, log } = await bench.run(`${head}  win:
    runs-on: windows-latest
    steps: [{ run: dir }]
  act:
    runs-on: ubuntu-latest
    steps: [{ uses: someone/unknown@v1 }]
  image:
    runs-on: ubuntu-latest
    snapshot: { image-name: mine, version: 1.* }
    steps: [{ run: echo never }]
`);
  expect([...conclusions].sort()).toEqual(['act: failure', 'image: failure', 'win: failure']);
  expect(log).toContain('images of runners are not made here');
  expect(log).toContain("no runner here matches the labels 'windows-latest'");
  expect(log).toContain('Unable to resolve action `someone/unknown@v1`, repository not found');
  expect(log).toContain('--actions');
});

test('a matrix that excludes all of itself is none; one that cannot be expanded says where', async () => {
  const { conclusions, log } = await bench.run(`${head}  none:
    runs-on: ubuntu-latest
    strategy: { matrix: "\${{ fromJSON('{\\"v\\": [1], \\"exclude\\": [{\\"v\\": 1}]}') }}" }
    steps: [{ run: 'echo "got \${{ toJSON(matrix) }} of \${{ strategy.job-total }}"' }]
  bad:
    runs-on: ubuntu-latest
    strategy: { matrix: "\${{ fromJSON('{\\"v\\": []}') }}" }
    steps: [{ run: echo never }]
`);
  expect([...conclusions].sort()).toEqual(['bad: failure', 'none: success']);
  expect(log).toContain('\ngot null of 1\n');
  expect(log).toContain(
    "##[error]Error when evaluating 'strategy' for job 'bad'. .github/workflows/w.yml (Line: 9, Col: 25): Matrix vector 'v' does not contain any values",
  );
});
