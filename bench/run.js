// Measures what a user waits for, each beside `node -e 0` in the same run, and writes docs/performance.md.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deliveryRows } from './delivery.js';
import { forgeRows } from './forge.js';
import { generateRows } from './generate.js';
import { manifestRows } from './manifest.js';
import { runnerRows } from './runner.js';
import { seeRows } from './see.js';
import { supplyChainRows } from './supply-chain.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const command = join(root, 'dist/trunkline.js');
const folder = mkdtempSync(join(tmpdir(), 'trunkline-bench-'));
const rounds = Number(process.env.ROUNDS ?? 3);

try {
  const rows = [
    ...help(),
    ...(await manifestRows()),
    ...generateRows(folder, command, rounds),
    ...seeRows(folder, command, rounds),
    ...(await runnerRows()),
    ...(await forgeRows()),
    ...(await supplyChainRows()),
    ...(await deliveryRows(command)),
    ...(await rehearsal()),
  ];
  writeFileSync(join(root, 'docs/performance.md'), page(rows));
  process.stdout.write(`${rows.map(([what, found, limit]) => `${what}: ${found} (limit ${limit})`).join('\n')}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function help() {
  const bare = [];
  const ours = [];
  for (let round = 0; round < 15; round++) {
    bare.push(timed(process.execPath, ['-e', '0']));
    ours.push(timed(process.execPath, [command, '--help']));
  }
  const found = median(ours) - median(bare);
  return [
    ['`node -e 0`, for comparison', ms(median(bare)), '–'],
    ['`trunkline --help`, more than that', ms(found), '50 ms'],
  ];
}

async function rehearsal() {
  const found = [];
  for (let round = 0; round < rounds; round++) {
    const bare = timed(process.execPath, ['-e', '0']);
    const { stdout, ms: took, peak, code } = await run(['lab', 'rehearse', '--json'], folder);
    if (code !== 0) throw new Error(`the rehearsal failed: ${stdout.slice(-2000)}`);
    const { milliseconds } = JSON.parse(stdout);
    found.push({ took: took - bare, peak, ...milliseconds });
  }
  const of = (key) => median(found.map((one) => one[key]));
  const deliveries = found.map((one) => one.mergeToServing);
  for (let more = 0; more < rounds * 3; more++) {
    const { stdout, code } = await run(['lab', 'rehearse', 'dispatch', '--json'], folder);
    if (code !== 0) throw new Error(`the rehearsal of a dispatch failed: ${stdout.slice(-2000)}`);
    deliveries.push(JSON.parse(stdout).milliseconds.mergeToServing);
  }
  const share = (key) => deliveries.map((one) => one[key]).sort((a, b) => a - b);
  const both = (key) => {
    const all = share(key);
    return `${seconds(median(all))}, ${seconds(all[Math.ceil(all.length * 0.95) - 1] ?? 0)}`;
  };
  return [
    [`merged in the application to serving in dev, ${deliveries.length} times: p50, p95`, both('total'), '–'],
    ['… of which the engine, built-in actions included', both('engine'), '–'],
    ['… of which `trunkline …` in workflows', both('trunkline'), '–'],
    ['`trunkline lab rehearse`, start to end', seconds(of('took')), '20 s'],
    ['… of which users’ commands', seconds(of('commands')), '–'],
    ['… of which `trunkline …` in workflows', seconds(of('trunkline')), '–'],
    ['… of which the lab itself, built-in actions included', seconds(of('engine')), '5 s'],
    ['… of which built-in actions (checkout, build, login)', seconds(of('actions')), '–'],
    ['… resident memory of the lab, at most', `${Math.round(of('peak') / 1024)} MB`, '400 MB'],
  ];
}

function run(args, cwd) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, [command, ...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    let peak = 0;
    const timer = setInterval(() => {
      peak = Math.max(peak, residentKilobytes(child.pid));
    }, 50);
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      resolve({ stdout, code, peak, ms: performance.now() - start });
    });
  });
}

function residentKilobytes(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function timed(file, args) {
  const start = performance.now();
  spawnSync(file, args, { stdio: 'ignore' });
  return performance.now() - start;
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

function page(rows) {
  return [
    '# Performance',
    '',
    'Written by `npm run bench`; medians. Limits are for two cores with nothing else on them.',
    '',
    `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}.`,
    '',
    '| what | found | limit |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    'A step’s time counts as a user’s command while at least one of them runs; `trunkline …` in a workflow while none of those',
    'does; everything else, start-up, built-in actions and the scenario’s own requests included, is the lab itself.',
    '',
    'ext4 spares the places of files that were just deleted, for minutes: where a test run went before, making a folder takes ten',
    'times as long, and a rehearsal some seconds more. Measure in a folder (`TMPDIR`) without such a past.',
    '',
  ].join('\n');
}
