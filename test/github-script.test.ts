import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LabBench, openLabBench, workflowOf } from '../src/lab/testing/bench.ts';

let bench: LabBench;
beforeAll(async () => {
  bench = await openLabBench({ parallel: 4 });
});
afterAll(() => bench.close());

const script = (text: string, more = '', id = 's'): string =>
  `- uses: actions/github-script@v7\n  id: ${id}\n  with:\n${more}    script: |\n${text.replaceAll(/^/gm, '      ')}`;
const steps = (...each: string[]): string => `steps:\n${each.join('\n').replaceAll(/^/gm, '  ')}`;

test('a script has the client, the context and the toolkit, and its result is an output', async () => {
  const run = await bench.push(
    'scripts',
    workflowOf(
      {
        job: steps(
          '- uses: actions/checkout@v4',
          script(`const { data } = await github.rest.issues.create({ ...context.repo, title: 'made by a script' });
const all = await github.paginate(github.rest.issues.listForRepo, context.repo);
const { repository } = await github.graphql('query($o: String!, $r: String!) { repository(owner: $o, name: $r) { name } }', { o: context.repo.owner, r: context.repo.repo });
core.info(\`\${context.eventName} of \${context.actor} in \${context.repo.owner} at \${context.payload.ref}, \${repository.name}\`);
core.exportVariable('FROM_SCRIPT', 'yes');
core.setOutput('own', 'mine');
await core.summary.addHeading('From a script').write();
await exec.exec('echo', ['by exec']);
await io.mkdirP('made');
const globber = await glob.create('*.txt');
const own = require('./own.cjs');
return { number: data.number, count: all.length, files: (await globber.glob()).length, own: own(1) };`),
          script("return 'plain'", '    result-encoding: string\n', 'plain'),
          script('return undefined', '', 'none'),
          `- run: 'echo "result \${{ steps.s.outputs.result }} \${{ steps.s.outputs.own }} \${{ steps.plain.outputs.result }} [\${{ steps.none.outputs.result }}] $FROM_SCRIPT"; ls -d made'`,
        ),
        throws: steps(script("throw new Error('on purpose')")),
        denied: `permissions: { contents: read }\n${steps(script("await github.rest.issues.create({ ...context.repo, title: 'x' })"))}`,
        encoding: steps(script('return 1', '    result-encoding: yaml\n')),
      },
      'permissions: { issues: write, contents: read }\n',
    ),
    { 'own.cjs': 'module.exports = (one) => one + 1;\n', 'a.txt': 'a' },
  );
  expect(run.conclusions).toEqual(['denied failure', 'encoding failure', 'job success', 'throws failure']);
  expect(run.logOf('job')).toContain('push of alice in acme at refs/heads/main, scripts');
  expect(run.logOf('job')).toMatch(/^by exec$/m);
  expect(run.logOf('job')).toMatch(/^result \{number:\d+,count:1,files:1,own:2\} mine plain \[\] yes$/m);
  expect(run.logOf('throws')).toContain('##[error]Unhandled error: Error: on purpose');
  expect(run.logOf('denied')).toContain('Resource not accessible by integration');
  expect(run.logOf('encoding')).toContain('"result-encoding" must be either "string" or "json"');
  expect(
    run.jobs['job']?.steps.filter(({ uses }) => uses?.includes('github-script')).map(({ fidelity }) => fidelity),
  ).toEqual(['built-in', 'built-in', 'built-in']);
});
