import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../src/config/parse-config.ts';
import { generate } from '../src/workflow/generate/generate.ts';
import { lockPath, parseLock } from '../src/workflow/generate/lock.ts';
import { root } from './testing/rehearse-pair.ts';

const examples = join(root, 'examples');
const parts = readdirSync(examples).flatMap((name) => ['app', 'infra'].map((part) => ({ name, part })));

describe.each(parts)('examples/$name/$part', ({ name, part }) => {
  const folder = join(examples, name, part);

  test('is described in at most 40 lines', () => {
    const text = readFileSync(join(folder, 'trunkline.yaml'), 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
    const config = parseConfig('trunkline.yaml', text);
    expect(part === 'app' ? config.services : config.environments).toBeDefined();
  });

  test('no deploy, and no workflow, only says that it does something', () => {
    const { environments } = parseConfig('trunkline.yaml', readFileSync(join(folder, 'trunkline.yaml'), 'utf8'));
    for (const { deploy } of environments?.environments ?? [])
      expect(deploy?.by === 'command' ? deploy.command : '').not.toMatch(/\becho\b|^true$/);
  });

  test('every service has what its image is built from', () => {
    const { services } = parseConfig('trunkline.yaml', readFileSync(join(folder, 'trunkline.yaml'), 'utf8'));
    for (const { path } of services?.services.values() ?? [])
      expect(existsSync(join(folder, path, 'Dockerfile')), path).toBe(true);
  });
});

test.each(parts)(
  'the workflows of examples/$name/$part are generated, and as trunkline.yaml says',
  ({ name, part }) => {
    const folder = join(examples, name, part);
    const read = (path: string): string | undefined =>
      existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : undefined;
    const config = parseConfig('trunkline.yaml', read('trunkline.yaml') ?? '');
    const { files } = generate(config, parseLock(read(lockPath)), read);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect(read(file.path), file.path).toBe(file.text);
  },
);
