// Measures what the runner adds to a job's own commands, beside act in host mode where act is on the PATH (or named by
// ACT): `node bench/runner.js [figure…]`. A figure is the difference between a long and a short job in the same command,
// less the shells that it starts.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const command = process.env.COMMAND ?? join(root, 'dist/trunkline.js');
const rounds = Number(process.env.ROUNDS ?? 3);
const act = process.env.ACT ?? 'act';
let folder;

const empty = "run: ':'";
const withFiles = [
  'run: |',
  '  echo "a=$GITHUB_RUN_ID" >> "$GITHUB_OUTPUT"; echo "B=1" >> "$GITHUB_ENV"; echo "$PWD" >> "$GITHUB_PATH"',
].join('\n        ');
const ticking =
  'run: node -e "let n = 0; const t = setInterval(() => { console.log(\'tick \' + Date.now()); if (++n === 50) clearInterval(t); }, 40)"';
const million = 1_000_000;

/** Each answers rows of what was measured, what was found, and the limit. */
const figures = {
  step: () => perStep('a `run:` step, more than its shell', empty, 100, '25 ms'),
  files: () => perStep('… that writes to its command files', withFiles, 100, '25 ms'),
  checkout: () => perStep('the built-in checkout', 'uses: actions/checkout@v4', 20, '100 ms', 0),
  'steps-360': async () => {
    const [one, all] = [repository('f1', { w: [withFiles] }), repository('f360', { w: times(360, withFiles) })];
    return compared('360 bash steps with command files, all in all', one, all, '3 s', () => 0);
  },
  'twelve-runs': async () => {
    const one = repository('e', { w: [empty] });
    const all = Object.fromEntries(times(12, '').map((_, index) => [`w${index}`, times(30, empty)]));
    const shells = 360 * shell();
    return compared(
      'twelve runs of thirty steps, less the shells',
      one,
      repository('twelve', all),
      '3 s',
      () => shells,
    );
  },
  latency: async () => {
    const late = [];
    await run(repository('ticks', { w: [ticking] }), ['--verbose'], (line) => {
      const at = /tick (\d{13})/.exec(line)?.[1];
      if (at !== undefined && !line.includes('node -e')) late.push(Date.now() - Number(at));
    });
    if (late.length !== 50) throw new Error(`expected 50 lines, found ${late.length}`);
    return [
      ['a line of a job’s log, until it is on the screen', ms(median(late)), '50 ms'],
      ['… the latest of fifty', ms(Math.max(...late)), '–'],
    ];
  },
  lines: async () => {
    let next = 1;
    const counting = (line) => {
      const text = /│ (\d+)$/.exec(line)?.[1];
      if (text === undefined) return;
      if (Number(text) !== next) throw new Error(`expected line ${next}, found ${text}`);
      next += 1;
    };
    const place = repository('lines', { w: [`run: 'seq ${million}'`] });
    const { peak, wall } = await run(place, ['--verbose'], counting);
    if (next !== million + 1) throw new Error(`expected ${million} lines, found ${next - 1}`);
    const rows = [
      ['a job that prints 1,000,000 lines, all of them seen: memory', `${Math.round(peak / 1024)} MB`, '250 MB'],
      ['… time', seconds(wall), '–'],
    ];
    if (!hasAct()) return rows;
    const other = await runAct(place);
    return [
      ...rows,
      ['… act: memory', `${Math.round(other.peak / 1024)} MB`, '–'],
      ['… act: time', seconds(other.wall), '–'],
    ];
  },
};

/** Rows for docs/performance.md. */
export async function runnerRows(only = []) {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-runner-'));
  try {
    const rows = [['a bash that does nothing, for comparison', ms(shell()), '–']];
    for (const [name, measure] of Object.entries(figures)) {
      if (only.length === 0 || only.includes(name)) rows.push(...(await measure()));
    }
    return hasAct() ? rows : [...rows, ['act, for comparison', 'not on this machine', '–']];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What one more of a step costs beyond the shell that it starts. */
async function perStep(what, step, count, limit, shells = 1) {
  const name = step.replaceAll(/[^a-z]/g, '').slice(0, 12);
  const [one, all] = [repository(`${name}1`, { w: [step] }), repository(`${name}n`, { w: times(count + 1, step) })];
  const each = (value) => value / count - shells * shell();
  const found = await difference(run, one, all);
  const rows = [[what, ms(each(found)), limit]];
  // act's checkout copies the folder that it stands in.
  if (!hasAct() || step.startsWith('uses')) return rows;
  return [...rows, ['… act', ms(each(await difference(runAct, one, all))), '–']];
}

async function compared(what, one, all, limit, less) {
  const rows = [[what, seconds((await difference(run, one, all)) - less()), limit]];
  if (!hasAct()) return rows;
  return [...rows, ['… act', seconds((await difference(runAct, one, all)) - less()), '–']];
}

async function difference(start, short, long) {
  const found = [];
  for (let round = 0; round < rounds; round++) {
    const one = await start(short);
    found.push((await start(long)).wall - one.wall);
  }
  return median(found);
}

/** Milliseconds of a bash that does nothing. */
function shell() {
  shell.known ??= (() => {
    const before = performance.now();
    spawnSync('bash', ['-c', 'for i in {1..50}; do bash -e -c :; done']);
    return (performance.now() - before) / 50;
  })();
  return shell.known;
}

function repository(name, workflows) {
  const path = join(folder, name);
  mkdirSync(join(path, '.github/workflows'), { recursive: true });
  for (const [file, steps] of Object.entries(workflows)) {
    const list = steps.map((step) => `      - ${step}\n`).join('');
    writeFileSync(
      join(path, `.github/workflows/${file}.yml`),
      `on: push\njobs:\n  bench:\n    runs-on: ubuntu-latest\n    steps:\n${list}`,
    );
  }
  const git = (...args) =>
    spawnSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args], { cwd: path });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'bench');
  return path;
}

/** Runs the repository's workflows in a lab. */
function run(cwd, more = [], onLine = undefined) {
  return timed(process.execPath, [command, 'lab', 'run', '--event', 'push', ...more], cwd, {}, onLine);
}

function runAct(cwd) {
  const home = join(folder, 'act-home');
  mkdirSync(home, { recursive: true });
  const args = ['push', '-P', 'ubuntu-latest=-self-hosted', '--action-offline-mode'];
  return timed(act, args, cwd, { HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home });
}

function hasAct() {
  hasAct.known ??= spawnSync(act, ['--version'], { stdio: 'ignore' }).status === 0;
  return hasAct.known;
}

function timed(file, args, cwd, env, onLine) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', onLine === undefined ? 'ignore' : 'pipe', 'pipe'],
    });
    let errors = '';
    let peak = 0;
    let rest = '';
    const timer = setInterval(() => {
      peak = Math.max(peak, peakMemory(child.pid));
    }, 50);
    // A piece may end within a letter.
    child.stdout?.setEncoding('utf8');
    child.stdout?.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
    child.stderr.on('data', (chunk) => {
      errors = (errors + chunk).slice(-2000);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      if (code !== 0) return reject(new Error(`${file} ${args.join(' ')} failed in ${cwd}: ${errors}`));
      resolve({ wall: performance.now() - start, peak });
    });
  });
}

function peakMemory(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function times(count, step) {
  return Array.from({ length: count }, () => step);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function ms(value) {
  return `${value.toFixed(1)} ms`;
}

function seconds(value) {
  return `${(value / 1000).toFixed(1)} s`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const row of await runnerRows(process.argv.slice(2))) process.stdout.write(`${row.join(' | ')}\n`);
}
