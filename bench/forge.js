// Measures the forge as its clients feel it: one lab that is up, asked over loopback by a client and a git of their own.
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const command = process.env.COMMAND ?? join(dirname(fileURLToPath(import.meta.url)), '../dist/trunkline.js');
const path = '/repos/acme/app';

/** Rows of docs/performance.md. */
export async function forgeRows() {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-forge-'));
  try {
    const starts = [];
    for (let round = 0; round < 5; round++) {
      const lab = await labUp(join(folder, `start-${round}`));
      starts.push(lab.took - lab.bare);
      await lab.stop();
    }
    const lab = await labUp(join(folder, 'lab'));
    await furnish(lab);
    const [small, graphql, pushes, refused, merges] = [
      await rest(lab),
      await graphqlQuery(lab),
      await push(lab, folder, 'topic'),
      await push(lab, folder, 'main'),
      await merge(lab),
    ];
    const reads = await throughput(lab);
    await lab.stop();
    const listed = [];
    for (const [pulls, runs] of [
      [30, 30],
      [2000, 10_000],
    ]) {
      fill(join(folder, 'lab', 'forge'), pulls, runs);
      const filled = await labUp(join(folder, 'lab'));
      listed.push(await lists(filled));
      await filled.stop();
    }
    const [few, many] = listed;
    const slower = Object.keys(few).map((name) => many[name] / few[name]);
    return [
      ['a lab is up, after `node -e 0`', ms(median(starts)), '300 ms'],
      ['a simple REST call', ms(small), '3 ms'],
      ['a GraphQL query of a pull request, warm', ms(graphql), '10 ms'],
      ['`git push` of a small commit, judged by rules', ms(pushes), '80 ms'],
      ['`git push` that rules refuse', ms(refused), '60 ms'],
      ['a pull request merges', ms(merges), '60 ms'],
      ['REST reads a second, eight at once', String(Math.round(reads)), 'at least 1000'],
      ['lists of 2,000 pull requests and 10,000 runs, against few', `${Math.max(...slower).toFixed(2)} ×`, '2 ×'],
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function labUp(folder) {
  const bare = timed(() => spawnSync(process.execPath, ['-e', '0']));
  const start = performance.now();
  const child = spawn(process.execPath, [command, 'lab', 'up', '--folder', folder, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text);
    });
    child.once('exit', (code) => reject(new Error(`lab up ended with ${code}`)));
  });
  const took = performance.now() - start;
  const said = JSON.parse(line);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  return {
    ...said,
    bare,
    took,
    agent,
    token: said.tokens.alice,
    stop: () =>
      new Promise((resolve) => {
        agent.destroy();
        child.once('exit', resolve);
        child.kill('SIGTERM');
      }),
  };
}

function ask(lab, method, rest, body, prefix = '/api/v3') {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: '127.0.0.1',
        port: lab.port,
        method,
        path: prefix + rest,
        agent: lab.agent,
        headers: {
          authorization: `Bearer ${lab.token}`,
          ...(text === undefined ? {} : { 'content-length': Buffer.byteLength(text) }),
        },
      },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          if (response.statusCode >= 400) reject(new Error(`${method} ${rest}: ${response.statusCode} ${answer}`));
          else resolve(answer === '' ? {} : JSON.parse(answer));
        });
      },
    );
    request.on('error', reject);
    request.end(text);
  });
}

const base64 = (text) => Buffer.from(text).toString('base64');

/** A repository with rules, thirty pull requests and thirty runs. */
async function furnish(lab) {
  await ask(lab, 'POST', '/orgs/acme/repos', { name: 'app', private: true });
  await ask(lab, 'PUT', `${path}/contents/README.md`, { message: 'Begin', content: base64('app\n') });
  const workflow = 'on: workflow_dispatch\njobs: { one: { runs-on: ubuntu-latest, steps: [{ run: ":" }] } }\n';
  await ask(lab, 'PUT', `${path}/contents/.github/workflows/ci.yml`, { message: 'CI', content: base64(workflow) });
  for (let number = 0; number < 30; number++) await pull(lab, `pull-${number}`);
  await ask(lab, 'POST', `${path}/actions/workflows/ci.yml/dispatches`, { ref: 'main' });
  for (;;) {
    const { workflow_runs: runs } = await ask(lab, 'GET', `${path}/actions/runs`);
    if (runs.length > 0 && runs.every((run) => run.status === 'completed')) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const conditions = (include) => ({ ref_name: { include, exclude: [] } });
  const rules = [{ type: 'deletion' }, { type: 'non_fast_forward' }, { type: 'required_linear_history' }];
  await ask(lab, 'POST', `${path}/rulesets`, {
    name: 'topics',
    target: 'branch',
    enforcement: 'active',
    conditions: conditions(['refs/heads/topic*']),
    rules: [...rules, { type: 'commit_message_pattern', parameters: { operator: 'contains', pattern: 'Change' } }],
  });
  const review = {
    required_approving_review_count: 0,
    dismiss_stale_reviews_on_push: false,
    require_code_owner_review: false,
    require_last_push_approval: false,
    required_review_thread_resolution: false,
  };
  await ask(lab, 'POST', `${path}/rulesets`, {
    name: 'main',
    target: 'branch',
    enforcement: 'active',
    conditions: conditions(['~DEFAULT_BRANCH']),
    rules: [...rules.slice(0, 2), { type: 'pull_request', parameters: review }],
  });
}

async function pull(lab, branch) {
  const { object } = await ask(lab, 'GET', `${path}/git/ref/heads/main`);
  await ask(lab, 'POST', `${path}/git/refs`, { ref: `refs/heads/${branch}`, sha: object.sha });
  await ask(lab, 'PUT', `${path}/contents/${branch}`, { message: branch, content: base64(branch), branch });
  return ask(lab, 'POST', `${path}/pulls`, { title: branch, head: branch, base: 'main' });
}

async function rest(lab) {
  return median(await repeated(200, () => ask(lab, 'GET', `${path}/git/ref/heads/main`)));
}

async function graphqlQuery(lab) {
  const query = `query($n: Int!) { repository(owner: "acme", name: "app") { pullRequest(number: $n) {
    id number title state body url author { login } headRefName baseRefName headRefOid isDraft mergeable mergeStateStatus
    reviewDecision labels(first: 10) { nodes { name } } reviews(first: 10) { nodes { state author { login } } }
    commits(last: 1) { nodes { commit { oid statusCheckRollup { state contexts(first: 20) { nodes { __typename } } } } } }
  } } }`;
  const one = () => ask(lab, 'POST', '/graphql', { query, variables: { n: 7 } }, '/api');
  await repeated(20, one);
  return median(await repeated(100, one));
}

/** Milliseconds of `git push`, git's own start included; to main it is refused. */
async function push(lab, folder, branch) {
  const cwd = join(folder, `clone-${branch}`);
  mkdirSync(cwd);
  const env = {
    ...process.env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.http://127.0.0.1:${lab.port}/.extraheader`,
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${base64(`x:${lab.token}`)}`,
  };
  const git = (...args) =>
    new Promise((resolve) => {
      spawn('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd, env, stdio: 'ignore' }).on(
        'close',
        resolve,
      );
    });
  await git('clone', '-q', `http://127.0.0.1:${lab.port}/acme/app.git`, '.');
  await git('checkout', '-q', '-B', branch);
  const taken = [];
  for (let round = 0; round < 15; round++) {
    writeFileSync(join(cwd, 'file.txt'), `${round}\n`);
    await git('add', '-A');
    await git('commit', '-q', '-m', `Change ${round}`);
    const start = performance.now();
    const code = await git('push', '-q', 'origin', `HEAD:refs/heads/${branch}`);
    taken.push(performance.now() - start);
    if ((code === 0) === (branch === 'main')) throw new Error(`a push to ${branch} ended with ${code}`);
  }
  return median(taken);
}

async function merge(lab) {
  const taken = [];
  for (let round = 0; round < 15; round++) {
    const { number } = await pull(lab, `merge-${round}`);
    await ask(lab, 'GET', `${path}/pulls/${number}`);
    const start = performance.now();
    await ask(lab, 'PUT', `${path}/pulls/${number}/merge`, { merge_method: 'squash' });
    taken.push(performance.now() - start);
  }
  return median(taken);
}

async function throughput(lab) {
  const reads = [path, `${path}/git/ref/heads/main`, `${path}/pulls/3/reviews`, '/user', `${path}/labels`];
  const until = performance.now() + 3000;
  let count = 0;
  await Promise.all(
    Array.from({ length: 8 }, async (_, client) => {
      for (let round = client; performance.now() < until; round++, count++)
        await ask(lab, 'GET', reads[round % reads.length]);
    }),
  );
  return count / 3;
}

async function lists(lab) {
  const found = {};
  for (const rest of ['/pulls?state=all', '/pulls?state=open&head=acme:pull-7', '/actions/runs', '/issues?state=all']) {
    await repeated(5, () => ask(lab, 'GET', path + rest));
    found[rest] = median(await repeated(40, () => ask(lab, 'GET', path + rest)));
  }
  return found;
}

/** Adds so many pull requests and runs, as copies in the journal of a lab that is down. */
function fill(folder, pulls, runs) {
  const rows = { pulls: [], runs: [] };
  for (const name of ['snapshot.jsonl', 'journal.jsonl']) {
    const file = join(folder, name);
    if (!existsSync(file)) continue;
    for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      for (const [collection, row] of JSON.parse(line)) {
        if (collection in rows && typeof row === 'object') rows[collection].push(row);
      }
    }
  }
  const copies = (list, count) =>
    Array.from({ length: count }, (_, index) => {
      const row = { ...list[index % list.length], id: 1_000_000 + index, number: 10_000 + index };
      // Every pull request has a head of its own; runs share the branch that they ran on.
      return 'headRef' in row
        ? { ...row, headRef: `copy-${index}`, headSha: index.toString(16).padStart(40, 'a') }
        : row;
    });
  // What is merged owes nothing: a copy of an open one would be looked after.
  const merged = rows.pulls.filter((row) => row.merged);
  const lines = [
    ...copies(merged, pulls).map((row) => ['pulls', row]),
    ...copies(rows.runs, runs).map((row) => ['runs', row]),
  ];
  appendFileSync(join(folder, 'journal.jsonl'), lines.map((entry) => `${JSON.stringify([entry])}\n`).join(''));
}

async function repeated(count, action) {
  const taken = [];
  for (let round = 0; round < count; round++) {
    const start = performance.now();
    await action();
    taken.push(performance.now() - start);
  }
  return taken;
}

function timed(action) {
  const start = performance.now();
  action();
  return performance.now() - start;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function ms(value) {
  return `${value.toFixed(1)} ms`;
}
