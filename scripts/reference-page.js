// Writes docs/trunkline-yaml.md from docs/schema/trunkline.json; with --check says whether it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = join(root, 'docs/trunkline-yaml.md');
const schema = JSON.parse(readFileSync(join(root, 'docs/schema/trunkline.json'), 'utf8'));

const cell = (text) => text.replaceAll('|', '\\|');
const code = (value) => `\`${cell(typeof value === 'string' ? value : JSON.stringify(value))}\``;

/** What a value may be, in few words. */
function typeOf(node) {
  if (node.const !== undefined) return code(node.const);
  if (node.enum) return node.enum.map(code).join(' \\| ');
  if (node.anyOf) return [...new Set(node.anyOf.map(typeOf))].join(' or ');
  if (node.type === 'array') return `list of ${typeOf(node.items)}`;
  if (node.type === 'object') return node.properties ? 'keys' : `names → ${typeOf(node.additionalProperties ?? {})}`;
  if (node.type === 'integer') return 'whole number';
  if (node.type === 'boolean') return '`true` \\| `false`';
  return node.type === 'string' || node.type === undefined ? 'text' : node.type;
}

/** One row for each key, and below it those that it holds. */
function rows(node, path) {
  const required = new Set(node.required ?? []);
  return Object.entries(node.properties ?? {}).flatMap(([name, value]) => {
    const here = [...path, name];
    const said =
      value.default === undefined || typeof value.default === 'object'
        ? required.has(name)
          ? '**needed**'
          : ''
        : code(value.default);
    const row = `| \`${here.join('.')}\` | ${typeOf(value)} | ${said} | ${cell(value.description ?? '')} |`;
    return [row, ...inner(value, here)];
  });
}

function inner(node, path) {
  if (node.anyOf) return node.anyOf.flatMap((one) => inner(one, path));
  if (node.type === 'array') return inner(node.items, [...path.slice(0, -1), `${path.at(-1)}[]`]);
  if (node.properties) return rows(node, path);
  return node.additionalProperties ? inner(node.additionalProperties, [...path, '*']) : [];
}

const sections = schema.oneOf.flatMap((kind) => [
  `## kind: ${kind.properties.kind.const}`,
  '',
  '| key | value | unless said | |',
  '|---|---|---|---|',
  ...rows(kind, []).filter((row) => !row.startsWith('| `kind` ')),
  '',
]);
const wanted = [
  '# trunkline.yaml',
  '',
  'Two kinds of document: `Services` in an application repository, `Environments` in the infra repository; a monorepo has',
  'both in one file, with `---` between. Read as YAML 1.2: `on`, `off`, `yes` and `no` are words. Durations are `20s`, `15m`,',
  '`24h`, `7d`. Unknown keys are refused, and so is `$' +
    '{{`: GitHub evaluates nothing that stands here. Every fault is said at',
  'once, with its line and column. `*` stands for a name of yours. For editors: `# yaml-language-server: $schema=…/docs/schema/trunkline.json`.',
  '',
  ...sections,
  'Generated from the schema (`node scripts/schemas.js && node scripts/reference-page.js`).',
  '',
].join('\n');

if (process.argv.includes('--check')) process.exitCode = readFileSync(page, 'utf8') === wanted ? 0 : 1;
else writeFileSync(page, wanted);
