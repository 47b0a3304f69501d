// Writes docs/schema/*.json from the zod schemas in src; with --check says whether they are current.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'docs/schema');
/** A zod schema, or one that is JSON Schema already. */
const sources = {
  'release-dispatch': ['src/delivery/dispatch-payload.ts', 'releaseDispatch'],
  trunkline: ['src/config/json-schema.ts', 'configSchema'],
};

const entry = `import { z } from 'zod';
${Object.values(sources)
  .map(([file, name]) => `import { ${name} } from ${JSON.stringify(join(root, file))};`)
  .join('\n')}
const emit = (one) => one instanceof z.ZodType ? z.toJSONSchema(one, { io: 'input', unrepresentable: 'any' }) : one;
export const schemas = { ${Object.entries(sources)
  .map(([key, [, name]]) => `${JSON.stringify(key)}: emit(${name})`)
  .join(', ')} };`;

const bundle = await rolldown({
  input: 'schemas',
  platform: 'node',
  cwd: root,
  plugins: [
    {
      name: 'entry',
      resolveId: (id) => (id === 'schemas' ? join(root, 'schemas-entry.js') : undefined),
      load: (id) => (id.endsWith('schemas-entry.js') ? entry : undefined),
    },
  ],
});
const { output } = await bundle.generate({ format: 'esm' });
const { schemas } = await import(`data:text/javascript;base64,${Buffer.from(output[0].code).toString('base64')}`);

let current = true;
for (const [name, schema] of Object.entries(schemas)) {
  const path = join(folder, `${name}.json`);
  const text = `${JSON.stringify(schema, undefined, 2)}\n`;
  if (process.argv.includes('--check')) current &&= readFileSync(path, 'utf8') === text;
  else {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, text);
  }
}
if (!current) process.exitCode = 1;
