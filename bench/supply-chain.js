// Measures signing, verifying, pushing and pruning on loopback, where the network costs next to nothing.
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const command = join(root, 'dist/trunkline.js');

/** Rows of docs/performance.md. */
export async function supplyChainRows() {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-supply-'));
  // Beside the packages that it takes as they are.
  const work = join(root, 'node_modules/.cache/trunkline-bench/supply-chain-work.mjs');
  const input = join(root, 'bench/supply-chain-work.js');
  await build({
    input,
    platform: 'node',
    external: /^[^./]/,
    output: { file: work, format: 'esm' },
    logLevel: 'silent',
  });
  const server = spawn(process.execPath, [work, 'serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const world = await firstLine(server);
    const push = child(work, ['push', world.host, world.auth]);
    const { digests } = child(work, ['fill', world.host, world.auth]);
    const prune = pruned(folder, world, digests);
    const gate = gated(folder);
    return [
      ['sign and attest an image, loopback services included', ms(world.sign), '500 ms'],
      ['verify both', ms(world.verify), '150 ms'],
      ['push a layer of 100 MB', ms(push.milliseconds), '–'],
      ['… its memory above the start', `${Math.round(push.megabytes)} MB`, '100 MB'],
      ['`ci prune` of 2,000 manifests, plan', `${(prune.milliseconds / 1000).toFixed(1)} s`, '60 s'],
      ['… its memory', `${Math.round(prune.megabytes)} MB`, '300 MB'],
      ['`ci gate scan` of a SARIF report of 200 MB', `${(gate.milliseconds / 1000).toFixed(1)} s`, '–'],
      ['… its memory', `${Math.round(gate.megabytes)} MB`, '300 MB'],
      ['a smoke check has failed, until the rollback’s pull request is open', ms(putBack(folder)), '5000 ms'],
    ];
  } finally {
    server.stdin.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function firstLine(process) {
  return new Promise((resolve, reject) => {
    process.stdout.once('data', (chunk) => resolve(JSON.parse(chunk.toString().split('\n')[0])));
    process.once('error', reject);
    process.once('exit', (code) => reject(new Error(`the registry ended with ${code}`)));
  });
}

function child(work, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [work, ...args], { maxBuffer: 1024 ** 2 * 16 });
  if (status !== 0) throw new Error(`${args[0]}: ${stderr}`);
  return JSON.parse(stdout.toString());
}

function pruned(folder, { host, auth }, digests) {
  const infra = join(folder, 'infra');
  mkdirSync(infra);
  mkdirSync(join(folder, 'docker'));
  writeFileSync(join(folder, 'docker/config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  writeFileSync(join(infra, 'prod.json'), JSON.stringify({ image: `${host}/acme/api@${digests[0]}` }));
  const git = (...args) =>
    spawnSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x.test', ...args], { cwd: infra });
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', '.'],
    ['commit', '-qm', 'pins'],
  ])
    git(...args);
  const start = performance.now();
  const args = ['ci', 'prune', `${host}/acme/api`, '--infra', infra, '--keep-newest', '10', '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      DOCKER_CONFIG: join(folder, 'docker'),
      NODE_OPTIONS: tellMemory(folder),
    },
    maxBuffer: 1024 ** 2 * 64,
  });
  const milliseconds = performance.now() - start;
  if (status !== 0) throw new Error(`prune: ${stderr}`);
  const { keep, remove } = JSON.parse(stdout.toString());
  if (keep.length + remove.length < 2000 || remove.length < 1900)
    throw new Error(`prune: ${keep.length} stay, ${remove.length} go`);
  return { milliseconds, megabytes: Number(/maxRSS=(\d+)/.exec(stderr.toString())?.[1]) / 1024 };
}

/** Has a process say at its end how much memory it took. */
function tellMemory(folder) {
  const report = join(folder, 'report.mjs');
  writeFileSync(
    report,
    'process.on("exit", () => process.stderr.write(`maxRSS=${process.resourceUsage().maxRSS}`));\n',
  );
  return `--import=${report}`;
}

/** A report of 400,000 findings that are too weak to stop. */
function gated(folder) {
  const file = join(folder, 'report.sarif');
  const rules = '[{"id":"R1","properties":{"security-severity":"3.0"}}]';
  appendFileSync(file, `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x","rules":${rules}}},"results":[`);
  const text = 'm'.repeat(340);
  for (let at = 0; at < 400_000; at += 4000) {
    const results = Array.from({ length: 4000 }, (_, index) => {
      const region = { startLine: at + index + 1 };
      const locations = [{ physicalLocation: { artifactLocation: { uri: 'a/b.c' }, region } }];
      return JSON.stringify({ ruleId: 'R1', level: 'note', message: { text }, locations });
    });
    appendFileSync(file, `${at === 0 ? '' : ','}${results.join(',')}`);
  }
  appendFileSync(file, ']}]}');
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [command, 'ci', 'gate', 'scan', file], {
    env: { PATH: process.env.PATH, HOME: folder, NODE_OPTIONS: tellMemory(folder) },
    cwd: folder,
  });
  const milliseconds = performance.now() - start;
  rmSync(file);
  if (status !== 0) throw new Error(`gate scan: ${stderr}`);
  return { milliseconds, megabytes: Number(/maxRSS=(\d+)/.exec(stderr.toString())?.[1]) / 1024 };
}

/** As the rehearsal of `proof` shows it, in milliseconds, by its clock of tenths of a second. */
function putBack(folder) {
  const { status, stdout } = spawnSync(process.execPath, [command, 'lab', 'rehearse', 'proof'], {
    env: { PATH: process.env.PATH, HOME: folder },
    cwd: folder,
    maxBuffer: 1024 ** 2 * 64,
  });
  const at = (line) => Number(new RegExp(`^ *([\\d.]+) s ${line}`, 'm').exec(stdout.toString())?.[1]);
  const found = 1000 * (at('· .* › Roll back ') - at('× .* › Deploy '));
  if (status !== 0 || Number.isNaN(found)) throw new Error('the rehearsal of proof shows no rollback');
  return found;
}

function ms(value) {
  return `${Math.round(value)} ms`;
}

// By itself: node bench/supply-chain.js
if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [what, found, limit] of await supplyChainRows())
    process.stdout.write(`${what}: ${found} (limit ${limit})\n`);
