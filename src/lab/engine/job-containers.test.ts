import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProgram } from '../../runner/process/find-program.ts';
import { openWorkbench, type Workbench } from '../../runner/testing/workbench.ts';
import { findEngine } from './container-engine.ts';

const image = 'localhost/trunkline-test:1';
const tools = ['sh', 'tail', 'cat', 'env', 'echo', 'ls', 'pwd', 'wget', 'httpd', 'test', 'mkdir', 'sleep'];

let bench: Workbench | undefined;
let missing: string | undefined;

/** An image from nothing but busybox, which must need no library. */
beforeAll(async () => {
  const engine = await findEngine(process.env, ['docker', 'podman']);
  const busybox = await findProgram('busybox', process.env['PATH'] ?? '');
  if (engine === undefined || busybox === undefined) {
    missing = [engine === undefined ? 'a container engine that answers' : '', busybox === undefined ? 'busybox' : '']
      .filter((one) => one !== '')
      .join(' and ');
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'image-'));
  await mkdir(join(folder, 'www'));
  await writeFile(join(folder, 'www/index.html'), 'served\n');
  await copyFile(busybox, join(folder, 'busybox'));
  const copies = tools.map((name) => `COPY busybox /bin/${name}`).join('\n');
  await writeFile(join(folder, 'Dockerfile'), `FROM scratch\n${copies}\nCOPY www /www\nENV PATH=/bin FROM_IMAGE=yes\n`);
  await promisify(execFile)(engine.program, ['build', '-t', image, folder], { env: { ...engine.env } });
  await rm(folder, { recursive: true });
  bench = await openWorkbench({ engine: async () => engine });
}, 120_000);
afterAll(async () => {
  await bench?.close();
  const engine = bench === undefined ? undefined : await findEngine(process.env, ['docker', 'podman']);
  if (engine !== undefined) await promisify(execFile)(engine.program, ['rmi', '--force', image], { env: engine.env });
});

function opened(): Workbench | undefined {
  if (bench === undefined) process.stderr.write(`not tested here, for want of ${missing}\n`);
  return bench;
}

test('steps run in the job’s container, with its services beside it by name', async () => {
  const place = opened();
  if (place === undefined) return;
  const { run, log, jobs } = await place.run(
    `on: push
jobs:
  job:
    runs-on: ubuntu-latest
    container: { image: '${image}', env: { GIVEN: "it's given" }, volumes: ['/tmp:/seen'] }
    services:
      web: { image: '${image}', entrypoint: httpd, command: -f -p 8080 -h /www }
    steps:
      - uses: actions/checkout@v4
      - id: a
        env: { OWN: "own \${{ github.ref_name }}" }
        run: |
          echo "in $(pwd): $FROM_IMAGE, $GIVEN, $OWN, $HOME, $CI"
          cat file.txt
          echo "v=1" >> "$GITHUB_OUTPUT"; echo "LATER=yes" >> "$GITHUB_ENV"
          mkdir -p bin; echo "$PWD/bin" >> "$GITHUB_PATH"; echo 'echo tool' > bin/tool
          test -f "$GITHUB_EVENT_PATH"
      - run: |
          echo "$LATER \${{ steps.a.outputs.v }} $PATH"; wget -qO- http://web:8080/index.html
      - { shell: 'sh -e {0}', working-directory: bin, run: pwd }
      - run: exit 7
        continue-on-error: true
`,
    { 'file.txt': 'committed\n' },
  );
  expect(run.conclusion, log).toBe('success');
  expect(log).toContain("\nin /__w/app/app: yes, it's given, own main, /github/home, true\ncommitted\n");
  expect(log).toContain('\nyes 1 /__w/app/app/bin:/bin\nserved\n');
  expect(log).toContain('\n/__w/app/app/bin\n');
  expect(log).toContain('Process completed with exit code 7.');
  expect(jobs['job']?.steps.map(({ name }) => name)).toContain('Stop containers');
}, 120_000);

test('a service is on the port of this machine that the workflow maps, once its health check holds', async () => {
  const place = opened();
  if (place === undefined) return;
  const { run, log } = await place.run(`on: push
jobs:
  job:
    runs-on: ubuntu-latest
    services:
      web:
        image: ${image}
        ports: [8080]
        entrypoint: httpd
        command: -f -p 8080 -h /www
        options: --health-cmd "test -f /www/index.html" --health-interval 1s
    steps:
      - run: node -e "fetch('http://127.0.0.1:\${{ job.services.web.ports['8080'] }}/index.html').then((r) => r.text()).then(console.log)"
`);
  expect(run.conclusion, log).toBe('success');
  expect(log).toContain('\nserved\n');
}, 120_000);

test('container actions: an image by name, one from a Dockerfile, their inputs, outputs and entrypoints', async () => {
  const place = opened();
  if (place === undefined) return;
  const action = `name: a
inputs: { who: { default: nobody } }
outputs: { said: {} }
runs:
  using: docker
  image: Dockerfile
  args: [ '-c', 'echo "hello $INPUT_WHO from $1 $MORE in $PWD"; echo said=$INPUT_WHO >> $GITHUB_OUTPUT; echo x > made.txt', sh, '\${{ inputs.who }}' ]
  entrypoint: sh
  env: { MORE: more }
  post-entrypoint: /bin/echo
`;
  const { run, log } = await place.run(
    `on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - { id: a, uses: ./action, with: { who: world } }
      - run: 'echo "said \${{ steps.a.outputs.said }}, $(cat made.txt)"'
      - uses: docker://${image}
        with: { entrypoint: /bin/echo, args: 'plain "two words"' }
      - uses: ./action
        with: { who: last }
`,
    {
      'action/action.yml': action,
      'action/Dockerfile': `FROM ${image}\nCOPY more.txt /more.txt\n`,
      'action/more.txt': 'more\n',
    },
  );
  expect(run.conclusion, log).toBe('success');
  expect(log).toContain('\nhello world from world more in /github/workspace\n');
  expect(log).toContain('\nsaid world, x\n');
  expect(log).toContain('\nplain two words\n');
  expect(log.match(/^-c echo "hello .* sh (?:last|world)$/gm)).toHaveLength(2);
}, 120_000);
