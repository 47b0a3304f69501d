// What `trunkline status` takes on a large infra repository, from a local clone: a thousand services in five environments.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const environments = ['dev', 'test', 'staging', 'preprod', 'prod'];
const services = 1000;
const commits = 500;
const layouts = {
  json: 'a JSON file for each environment',
  kustomize: 'an overlay for each service and environment',
};

/** A row for each layout, with what `node -e 0` takes left in: it is what a user waits. */
export function seeRows(folder, command, rounds) {
  return Object.entries(layouts).map(([layout, files]) => {
    const path = join(folder, `see-${layout}`);
    makeRepository(path, layout);
    check(command, path);
    const took = Array.from({ length: Math.max(3, rounds) }, () => {
      const start = performance.now();
      spawnSync(process.execPath, [command, 'status', '--offline'], { cwd: path, stdio: 'ignore' });
      return performance.now() - start;
    }).sort((a, b) => a - b);
    const what = `\`trunkline status\`, ${services} services × ${environments.length} environments, ${commits} changes back, ${files}`;
    return [what, `${((took[Math.floor(took.length / 2)] ?? 0) / 1000).toFixed(2)} s`, '1 s'];
  });
}

/** All places have to be there, with when they were pinned: what is not looked at is quick. */
function check(command, path) {
  const { stdout } = spawnSync(process.execPath, [command, 'status', '--offline', '--json'], {
    cwd: path,
    maxBuffer: 1 << 28,
  });
  const { places } = JSON.parse(stdout.toString());
  const whole = places.filter((one) => one.digest !== null && one.since !== null).length;
  if (whole !== services * environments.length)
    throw new Error(`status knows ${whole} of ${services * environments.length} places`);
}

function makeRepository(path, layout) {
  const pins = new Map();
  const name = (index) => `service-${String(index).padStart(4, '0')}`;
  const digest = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
  const each = Array.from({ length: services }, (_, index) => index);
  for (const environment of environments)
    for (const index of each) pins.set(`${environment}/${index}`, digest(`${index}`));
  const json = (environment) => {
    const entries = each.map((index) => [
      name(index),
      {
        image: `ghcr.io/acme/${name(index)}@${pins.get(`${environment}/${index}`)}`,
        url: `http://${name(index)}.${environment}.acme.test`,
      },
    ]);
    return [`envs/${environment}.json`, `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`];
  };
  const overlay = (environment, index) => [
    `services/${name(index)}/overlays/${environment}/kustomization.yaml`,
    `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - ../../base\nimages:\n  - name: acme/${name(index)}\n    newName: ghcr.io/acme/${name(index)}\n    digest: ${pins.get(`${environment}/${index}`)}\n`,
  ];
  let at = 1_760_000_000;
  const parts = [];
  const data = (text) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const commit = (message, files) => {
    at += 3600;
    const who = `Ann <ann@acme.test> ${at} +0000`;
    parts.push(`commit refs/heads/main\nauthor ${who}\ncommitter ${who}\n${data(message)}`);
    for (const [file, text] of files) parts.push(`M 100644 inline ${file}\n${data(text)}`);
    parts.push('\n');
  };
  commit(
    'Start',
    environments.flatMap((one) => (layout === 'json' ? [json(one)] : each.map((index) => overlay(one, index)))),
  );
  for (let count = 0; count < commits; count++) {
    const [environment, index] = [environments[count % environments.length], (count * 37) % services];
    pins.set(`${environment}/${index}`, digest(`${index}-${count}`));
    commit(`Bump ${name(index)} in ${environment} (#${count + 1})`, [
      layout === 'json' ? json(environment) : overlay(environment, index),
    ]);
  }
  mkdirSync(path);
  const git = (args, input) => {
    const { status, stderr } = spawnSync('git', args, { cwd: path, input });
    if (status !== 0) throw new Error(`git ${args[0]}: ${stderr}`);
  };
  git(['init', '-q', '-b', 'main']);
  git(['fast-import', '--quiet'], parts.join(''));
  git(['gc', '-q']);
}
