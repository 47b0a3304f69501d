// Measures one pin set in files of ten thousand lines, beside `kustomize edit set image` and `yq` where they are installed.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const digest = (letter) => `sha256:${letter.repeat(64)}`;
const release = { digest: digest('b'), image: 'ghcr.io/acme/svc1234', tag: 'v2' };
const count = 2500;
const each = (render) => Array.from({ length: count }, (_, index) => render(`svc${index}`)).join('');

const files = {
  json: [
    { kind: 'json', keys: ['svc1234', 'image'] },
    `{\n${each((name) => `  "${name}": {\n    "image": "ghcr.io/acme/${name}@${digest('a')}",\n    "port": 80\n  },\n`)}  "end": {}\n}\n`,
  ],
  'Helm values': [
    { kind: 'yaml', keys: ['services', 'svc1234', 'image'] },
    `services:\n${each((name) => `  ${name}: # a service\n    image:\n      tag: "v1"\n      digest: ${digest('a')}\n`)}`,
  ],
  'Kustomize `images:`': [
    { kind: 'kustomize', image: 'acme/svc1234' },
    `images:\n${each((name) => `- name: acme/${name}\n  newName: ghcr.io/acme/${name}\n  newTag: v1\n  digest: ${digest('a')}\n`)}`,
  ],
  'YAML by image': [
    { kind: 'yaml', image: 'ghcr.io/acme/svc1234' },
    `services:\n${each((name) => `  ${name}:\n    # a service\n    image: ghcr.io/acme/${name}@${digest('a')}\n    port: 80\n`)}`,
  ],
  'a pattern': [
    { kind: 'regex', pattern: '^SVC1234=(?<pin>\\S*)$' },
    Array.from({ length: 10_000 }, (_, index) => `SVC${index}=ghcr.io/acme/svc${index}@${digest('a')}\n`).join(''),
  ],
};

/** Rows for the table: what, found, limit. */
export async function manifestRows() {
  const { setPinAt } = await import(pathToFileURL(join(root, 'dist/index.js')).href);
  const rows = [];
  for (const [name, [place, text]] of Object.entries(files)) {
    const times = [];
    for (let round = 0; round < 15; round++) {
      const start = performance.now();
      const out = setPinAt({ file: 'bench', ...place }, text, release);
      times.push(performance.now() - start);
      if (!out.includes(release.digest)) throw new Error(`${name}: the pin was not set`);
    }
    rows.push([`one pin in 10,000 lines: ${name}`, ms(median(times)), '20 ms']);
  }
  return [...rows, ...peers()];
}

function peers() {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-manifest-'));
  try {
    return [
      ...ownProcess(folder),
      ...peer(folder, 'kustomize', 'kustomization.yaml', files['Kustomize `images:`'][1], [
        'edit',
        'set',
        'image',
        `acme/svc1234=ghcr.io/acme/svc1234@${release.digest}`,
      ]),
      ...peer(folder, 'yq', 'values.yaml', files['Helm values'][1], yqArguments()),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As the peers are measured: start, read, set, write. */
function ownProcess(folder) {
  const [place, text] = files['Kustomize `images:`'];
  const script = `import { readFileSync, writeFileSync } from 'node:fs';
import { setPinAt } from ${JSON.stringify(pathToFileURL(join(root, 'dist/index.js')).href)};
const file = 'kustomization.yaml';
const place = ${JSON.stringify({ ...place, file: 'kustomization.yaml' })};
writeFileSync(file, setPinAt(place, readFileSync(file, 'utf8'), ${JSON.stringify(release)}));`;
  writeFileSync(join(folder, 'set.mjs'), script);
  const times = Array.from({ length: 5 }, () => {
    writeFileSync(join(folder, 'kustomization.yaml'), text);
    const start = performance.now();
    const { status } = spawnSync(process.execPath, ['set.mjs'], { cwd: folder });
    if (status !== 0) throw new Error('the pin was not set');
    return performance.now() - start;
  });
  return [['… Kustomize, in a process of its own', ms(median(times)), '–']];
}

/** mikefarah's and kislyuk's yq take different words for the same. */
function yqArguments() {
  const said = spawnSync('yq', ['--version']).stdout?.toString() ?? '';
  const expression = `.services.svc1234.image.digest = "${release.digest}"`;
  return said.includes('mikefarah') ? ['-i', expression, 'values.yaml'] : ['-i', '-Y', expression, 'values.yaml'];
}

function peer(folder, command, file, text, args) {
  const label = `… \`${command}\` on the same file, process and all`;
  const cwd = join(folder, command);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'original'), text);
  const times = [];
  for (let round = 0; round < 3; round++) {
    copyFileSync(join(cwd, 'original'), join(cwd, file));
    const start = performance.now();
    const { status, error } = spawnSync(command, args, { cwd });
    if (error !== undefined || status !== 0)
      return [[label, error?.code === 'ENOENT' ? 'not installed here' : `exit ${status}`, '–']];
    times.push(performance.now() - start);
  }
  return [[label, ms(median(times)), '–']];
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function ms(value) {
  return `${value.toFixed(1)} ms`;
}
