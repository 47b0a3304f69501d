// Counts what a bump asks of GitHub, beside `gh` and a script that clones, on the same forge; and times it.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labUp } from './forge.js';

const environments = ['dev-a', 'dev-b', 'dev-c'];
const services = Array.from({ length: 20 }, (_, index) => `s${index + 1}`);
const config = `kind: Environments
accept:
  acme/app: { services: { ${services.map((name) => `${name}: platform`).join(', ')} } }
manifests: { json: "envs/{environment}/{service}.json", path: image }
groups: { dev: {} }
environments:
${environments.map((name) => `  ${name}: { track: main, merge: auto, group: dev }`).join('\n')}
  one: { track: one, merge: auto }
`;
let made = 0;
const digest = () => `sha256:${String(++made).padStart(64, '0')}`;
const base64 = (text) => Buffer.from(text).toString('base64');

/** Rows of docs/performance.md. */
export async function deliveryRows(command) {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-delivery-'));
  const lab = await labUp(join(folder, 'lab'));
  const counter = await countingProxy(lab, folder);
  try {
    const home = join(folder, 'home');
    mkdirSync(home);
    const { token } = lab;
    const env = { PATH: process.env.PATH, HOME: home, GITHUB_API_URL: `${counter.url}/api/v3`, TRUNKLINE_TOKEN: token };
    const job = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/infra', GITHUB_ACTOR: 'alice', GITHUB_RUN_ID: '1' };
    const ask = (method, path, body) => asked(lab, token, method, path, body);
    const main = await furnish(ask);
    const checkout = join(folder, 'checkout');
    mkdirSync(checkout);
    writeFileSync(join(checkout, 'trunkline.yaml'), config);
    const ours = (words) => timed(process.execPath, [command, ...words], { cwd: checkout, env: { ...env, ...job } });
    const bump = (service) => ['ci', 'bump', '--service', service, '--digest', digest(), '--ref', 'refs/heads/one'];
    const one = await counted(counter, () => ours([...bump('s1'), '--image', 'ghcr.io/acme/s1']));

    const bare = [];
    const dry = [];
    for (let round = 0; round < 7; round++) {
      bare.push((await timed(process.execPath, ['-e', '0'], { cwd: checkout, env })).took);
      dry.push((await ours([...bump('s2'), '--image', 'ghcr.io/acme/s2', '--dry-run'])).took);
    }

    const git = [
      `http.extraHeader=Authorization: Basic ${base64(`x-access-token:${token}`)}`,
      'user.name=ci',
      'user.email=ci@acme.test',
    ];
    const withGit = (cwd, ...words) => timed('git', [...git.flatMap((one) => ['-c', one]), ...words], { cwd, env });
    const clone = join(folder, 'clone');
    const script = await counted(counter, async () => {
      let took = (await withGit(folder, 'clone', '-q', '--depth', '1', `${counter.url}/acme/infra.git`, clone)).took;
      writeFileSync(join(clone, 'envs/one/s3.json'), `{"image":"ghcr.io/acme/s3@${digest()}"}\n`);
      took += (await withGit(clone, 'commit', '-qam', 'Bump s3')).took;
      return { took: took + (await withGit(clone, 'push', '-q', 'origin', 'main')).took };
    });

    const gh = await besideGh(counter, lab, { clone, home, env, token, withGit });
    for (let round = 0; round < 5; round++)
      for (const service of services)
        await ask('POST', '/repos/acme/app/deployments', {
          ref: main,
          environment: 'published',
          task: 'publish',
          auto_merge: false,
          required_contexts: [],
          payload: { schema: 1, service, digest: digest(), image: `ghcr.io/acme/${service}`, ref: 'refs/heads/main' },
        });
    const drain = await counted(counter, () => ours(['ci', 'receive']));
    const open = (await ask('GET', '/repos/acme/infra/pulls?per_page=100')).length;
    await settle(ask);
    const idle = await counted(counter, async () => {
      let took = 0;
      for (let quarter = 0; quarter < 4; quarter++) took += (await ours(['ci', 'sweep'])).took;
      return { took };
    });
    const back = await counted(counter, await somethingToRollBack(ask, ours));
    return [
      ['one bump: `trunkline ci bump`', say(one), '3 requests, 2 writes'],
      ...gh,
      ['… by a script that clones, commits and pushes to the default branch', say(script), '–'],
      [
        'a drain of 100 published releases over 3 environments, for each',
        `${((drain.rest + drain.graphql) / 100).toFixed(2)} requests`,
        '0.3',
      ],
      ['`trunkline rollback`, its hold and its issue with it', requestsOf(back), '3 requests'],
      [`an idle hour with ${open} open pull requests: four of \`trunkline ci sweep\``, requestsOf(idle), '4 requests'],
      [
        '`trunkline ci bump --dry-run`, more than `node -e 0`',
        `${Math.round(median(dry) - median(bare))} ms`,
        '250 ms',
      ],
    ];
  } finally {
    counter.close();
    await lab.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As if the policy had judged every open pull request. */
async function settle(ask) {
  for (const { head } of await ask('GET', '/repos/acme/infra/pulls?per_page=100'))
    await ask('POST', `/repos/acme/infra/statuses/${head.sha}`, {
      state: 'pending',
      context: 'trunkline / policy',
      description: 'waits · judged again 2999-01-01T00:00Z',
    });
}

/** Two releases that ran, of which the later is pinned; answers the command that goes back. */
async function somethingToRollBack(ask, ours) {
  const [good, bad] = [digest(), digest()];
  const { commit } = await ask('GET', '/repos/acme/infra/branches/main');
  for (const release of [good, bad]) {
    const { id } = await ask('POST', '/repos/acme/infra/deployments', {
      ref: commit.sha,
      environment: 'one',
      task: 'deploy:s5',
      auto_merge: false,
      required_contexts: [],
      payload: { service: 's5', digest: release },
    });
    await ask('POST', `/repos/acme/infra/deployments/${id}/statuses`, { state: 'success' });
  }
  const path = '/repos/acme/infra/contents/envs/one/s5.json';
  const { sha } = await ask('GET', path);
  await ask('PUT', path, { message: 'pin', content: base64(`{"image":"ghcr.io/acme/s5@${bad}"}\n`), sha });
  return () => ours(['rollback', 's5', '--environment', 'one', '--reason', 'it is slow']);
}

/** The same by `gh` in the clone that the script left; says what is missing where there is no gh. */
async function besideGh(counter, lab, { clone, home, env, token, withGit }) {
  if (lab.env.GH_CONFIG_DIR === undefined)
    return [['… by `gh pr create` and `gh pr merge --auto`', 'not measured: no gh', '–']];
  mkdirSync(join(home, '.config/gh'), { recursive: true });
  writeFileSync(join(home, '.config/gh/config.yml'), `http_unix_socket: ${JSON.stringify(counter.socket)}\n`);
  await withGit(clone, 'switch', '-qc', 'bump-s4');
  writeFileSync(join(clone, 'envs/one/s4.json'), `{"image":"ghcr.io/acme/s4@${digest()}"}\n`);
  await withGit(clone, 'commit', '-qam', 'Bump s4');
  const all = { cwd: clone, env: { ...env, GH_TOKEN: token, GH_PROMPT_DISABLED: '1' } };
  const found = await counted(counter, async () => {
    const pushed = await withGit(clone, 'push', '-q', 'origin', 'bump-s4');
    const repo = ['--repo', 'acme/infra'];
    const created = await timed(
      'gh',
      ['pr', 'create', ...repo, '--title', 'Bump s4', '--body', '', '--head', 'bump-s4', '--base', 'main'],
      all,
    );
    const merged = await timed('gh', ['pr', 'merge', 'bump-s4', ...repo, '--auto', '--squash'], all);
    return { took: pushed.took + created.took + merged.took };
  });
  return [['… by `git push`, `gh pr create` and `gh pr merge --auto`, in a clone that is there', say(found), '–']];
}

async function furnish(ask) {
  for (const name of ['app', 'infra']) await ask('POST', '/orgs/acme/repos', { name, auto_init: true });
  for (const name of [...environments, 'one'])
    for (const service of services)
      await ask('PUT', `/repos/acme/infra/contents/envs/${name}/${service}.json`, {
        message: 'add',
        content: base64('{"image":""}\n'),
      });
  await ask('PUT', '/repos/acme/infra/contents/trunkline.yaml', { message: 'add', content: base64(config) });
  await ask('PATCH', '/repos/acme/infra', { allow_auto_merge: true });
  await ask('POST', '/repos/acme/infra/rulesets', {
    name: 'main',
    target: 'branch',
    enforcement: 'active',
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    bypass_actors: [{ actor_id: null, actor_type: 'OrganizationAdmin', bypass_mode: 'always' }],
    rules: [
      {
        type: 'required_status_checks',
        parameters: { strict_required_status_checks_policy: false, required_status_checks: [{ context: 'ci' }] },
      },
    ],
  });
  const { commit } = await ask('GET', '/repos/acme/app/branches/main');
  return commit.sha;
}

/** Stands between clients and the lab, by port and by socket, and counts. */
async function countingProxy(lab, folder) {
  const counts = { rest: 0, graphql: 0, git: 0, writes: 0 };
  const server = (target) =>
    http.createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        count(counts, request, body);
        const onward = http.request(
          { ...target, method: request.method, path: request.url, headers: request.headers },
          (answer) => {
            response.writeHead(answer.statusCode, answer.headers);
            answer.pipe(response);
          },
        );
        onward.on('error', () => response.destroy());
        onward.end(body);
      });
    });
  const socket = join(folder, 'gh.sock');
  const byPort = server({ host: '127.0.0.1', port: lab.port });
  const bySocket = server({ socketPath: ghSocket(lab) });
  await new Promise((resolve) => byPort.listen(0, '127.0.0.1', resolve));
  await new Promise((resolve) => bySocket.listen(socket, resolve));
  const close = () => {
    for (const one of [byPort, bySocket]) {
      one.closeAllConnections();
      one.close();
    }
  };
  return { counts, socket, url: `http://127.0.0.1:${byPort.address().port}`, close };
}

/** Where the lab listens for gh, as its configuration says. */
function ghSocket({ env }) {
  const text = readFileSync(join(env.GH_CONFIG_DIR, 'config.yml'), 'utf8');
  return JSON.parse(/http_unix_socket: (.*)/.exec(text)?.[1] ?? '""');
}

function count(counts, { method, url }, body) {
  if (/\.git\//.test(url)) {
    counts.git += 1;
    return;
  }
  const graphql = url.endsWith('/graphql');
  counts[graphql ? 'graphql' : 'rest'] += 1;
  const writes = graphql
    ? /"query":\s*"(?:\\[nt]|\s)*mutation/.test(body.toString())
    : !['GET', 'HEAD'].includes(method);
  if (writes) counts.writes += 1;
}

async function counted(counter, act) {
  const before = { ...counter.counts };
  const { took } = await act();
  const since = Object.entries(counter.counts).map(([key, value]) => [key, value - before[key]]);
  return { ...Object.fromEntries(since), took };
}

function requestsOf({ rest, graphql, writes }) {
  return `${rest + graphql} requests, ${writes} writes`;
}

function say({ git, took, ...asked }) {
  return [requestsOf(asked), ...(git === 0 ? [] : [`${git} requests of git`]), `${(took / 1000).toFixed(1)} s`].join(
    ', ',
  );
}

/** Runs it to its end. @throws what it printed, where it fails */
function timed(file, words, options) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(file, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        text += chunk;
      });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve({ took: performance.now() - start, text });
      else reject(new Error(`${file} ${words.join(' ')}: ${text}`));
    });
  });
}

function asked(lab, token, method, path, body) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      ...(text === undefined ? {} : { 'content-length': Buffer.byteLength(text) }),
    };
    const request = http.request(
      { host: '127.0.0.1', port: lab.port, method, path: `/api/v3${path}`, headers },
      (response) => {
        let answer = '';
        response.on('data', (chunk) => {
          answer += chunk;
        });
        response.on('end', () => {
          if (response.statusCode >= 400) reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
          else resolve(answer === '' ? undefined : JSON.parse(answer));
        });
      },
    );
    request.on('error', reject);
    request.end(text);
  });
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
