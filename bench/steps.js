// Measures what the runner adds to a job's own commands: run with the built package, or with COMMAND=path/to/trunkline.js.
// Each figure is the difference between a long and a short job in the same lab command, less the shells that it starts.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const command = process.env.COMMAND ?? join(root, 'dist/trunkline.js');
const folder = mkdtempSync(join(tmpdir(), 'trunkline-steps-'));
const rounds = Number(process.env.ROUNDS ?? 3);
const only = process.argv.slice(2);

const withFiles = [
  'run: |',
  '  echo "a=$GITHUB_RUN_ID" >> "$GITHUB_OUTPUT"; echo "B=1" >> "$GITHUB_ENV"; echo "$PWD" >> "$GITHUB_PATH"',
].join('\n        ');

const figures = {
  step: () => perStep('step', "run: ':'", 100, 25),
  files: () => perStep('files', withFiles, 100, 25),
  checkout: () => perStep('checkout', 'uses: actions/checkout@v4', 20, 100, 0),
  'steps-360': async () => {
    const [one, all] = [repository('f1', { w: [withFiles] }), repository('f360', { w: times(360, withFiles) })];
    return ['360 bash steps with file commands, all in all', await difference(one, all), 3000];
  },
  'twelve-runs': async () => {
    const empty = repository('e', { w: ["run: ':'"] });
    const files = Object.fromEntries(times(12, '').map((_, index) => [`w${index}`, times(30, "run: ':'")]));
    const found = await difference(empty, repository('twelve', files));
    return ['twelve runs of thirty steps, less the shells', found.map((ms, at) => ms - 360 * shell()[at]), 3000];
  },
  lines: async () => {
    const result = await run(repository('lines', { w: ["run: 'seq 1000000'"] }));
    return [
      `a million lines: ${Math.round(result.peak / 1024)} MB at most (limit 250 MB)`,
      [result.wall, result.cpu],
      0,
    ];
  },
};

try {
  process.stdout.write(`bash -e -c : takes ${shell().map(ms).join(' wall, ')} cpu\n`);
  for (const [name, measure] of Object.entries(figures)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const [what, [wall, cpu], limit] = await measure();
    process.stdout.write(`${what}: ${ms(wall)} wall, ${ms(cpu)} cpu${limit > 0 ? ` (limit ${limit} ms)` : ''}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What one more of a step costs beyond the shell that it starts. */
async function perStep(name, step, count, limit, shells = 1) {
  const [one, all] = [repository(`${name}-1`, { w: [step] }), repository(`${name}-n`, { w: times(count + 1, step) })];
  const found = await difference(one, all);
  return [`one step of ${name}, less its shell`, found.map((value, at) => value / count - shells * shell()[at]), limit];
}

async function difference(short, long) {
  const found = [];
  for (let round = 0; round < rounds; round++) {
    const [one, all] = [await run(short), await run(long)];
    found.push([all.wall - one.wall, all.cpu - one.cpu]);
  }
  return [0, 1].map((at) => median(found.map((pair) => pair[at])));
}

/** Wall and CPU milliseconds of a bash that does nothing. */
function shell() {
  shell.known ??= (() => {
    const before = performance.now();
    const timed = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time for i in {1..50}; do bash -e -c :; done'], {
      encoding: 'utf8',
    });
    return [(performance.now() - before) / 50, cpuOf(timed.stderr) / 50];
  })();
  return shell.known;
}

function cpuOf(text) {
  const [user, system] = text.trim().split('\n').at(-1).split(' ').map(Number);
  return (user + system) * 1000;
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

/** Runs the repository's workflows in a lab; milliseconds of the clock and of all its processes, and peak memory in kB. */
function run(cwd) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const script = 'TIMEFORMAT="%U %S"; time "$0" "$1" lab run --event push >/dev/null';
    const child = spawn('bash', ['-c', script, process.execPath, command], {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    let peak = 0;
    const timer = setInterval(() => {
      peak = Math.max(peak, peakMemory(child.pid));
    }, 50);
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      if (code !== 0) return reject(new Error(`lab run failed in ${cwd}: ${errors}`));
      resolve({ wall: performance.now() - start, cpu: cpuOf(errors), peak });
    });
  });
}

/** Of the shell's only child, the lab. */
function peakMemory(shellPid) {
  try {
    const [lab] = readFileSync(`/proc/${shellPid}/task/${shellPid}/children`, 'utf8').trim().split(' ');
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${lab}/status`, 'utf8'))?.[1] ?? 0);
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
