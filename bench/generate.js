// Measures `trunkline generate` for five hundred services, and what one more adds.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const workflow = '.github/workflows/delivery.yml';

/** Rows for the table: what, found, limit. */
export function generateRows(folder, command, rounds) {
  const few = generate(join(folder, 'generate-500'), command, 500);
  const times = [few.ms];
  for (let round = 1; round < rounds; round++) times.push(generate(join(folder, `generate-${round}`), command, 500).ms);
  const more = generate(join(folder, 'generate-501'), command, 501);
  const middle = times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
  return [
    ['`trunkline generate`, 500 services', `${(middle / 1000).toFixed(1)} s`, '2 s'],
    ['… memory at most', `${Math.round(few.kilobytes / 1024)} MB`, '200 MB'],
    ['… lines of YAML for one more service', String(more.lines - few.lines), '25'],
  ];
}

function generate(folder, command, count) {
  mkdirSync(folder, { recursive: true });
  const services = Array.from({ length: count }, (_, index) => `  service-${index}: { path: app/service-${index} }\n`);
  writeFileSync(
    join(folder, 'trunkline.yaml'),
    `kind: Services
infra: acme/infra
defaults: { commands: { lint: make lint, unit: make test, integration: make it }, uses: [postgres:16], scan: { fail: high } }
services:
${services.join('')}`,
  );
  const peak = join(folder, 'peak');
  const probe = `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(peak)}, String(process.resourceUsage().maxRSS)));`;
  writeFileSync(join(folder, 'probe.cjs'), probe);
  const began = performance.now();
  const ran = spawnSync(process.execPath, ['--require', join(folder, 'probe.cjs'), command, 'generate'], {
    cwd: folder,
  });
  const ms = performance.now() - began;
  if (ran.status !== 0) throw new Error(`trunkline generate failed: ${ran.stderr}`);
  return {
    ms,
    kilobytes: Number(readFileSync(peak, 'utf8')),
    lines: readFileSync(join(folder, workflow), 'utf8').split('\n').length,
  };
}
