import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unpackLayer } from '../deploy/unpack-image.ts';
import { type PackedImage, packImage } from './pack-image.ts';
import { assembleImage, partsOf } from './push-image.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'pack-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function context(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(home, 'context-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

function build(folder: string, more: Partial<Parameters<typeof packImage>[0]> = {}): Promise<PackedImage> {
  const scratch = mkdtempSync(join(home, 'scratch-'));
  const dockerfile = join(folder, 'Dockerfile');
  return packImage({ context: folder, dockerfile, buildArgs: {}, labels: {}, scratch, log: () => {}, ...more });
}

async function unpacked(image: PackedImage): Promise<string> {
  const folder = mkdtempSync(join(home, 'root-'));
  for (const layer of image.layers) await unpackLayer(createReadStream(layer.file), true, folder);
  return folder;
}

const files = {
  Dockerfile: [
    '# syntax=docker/dockerfile:1',
    'ARG BASE=node:20',
    'FROM ${BASE} AS build',
    'WORKDIR /src',
    'COPY . .',
    'FROM $BASE',
    'ARG VERSION=dev',
    'ENV VERSION=$VERSION GREETING="hello world"',
    'LABEL a=b',
    'WORKDIR /srv',
    'COPY --from=build /src/lib ./lib/',
    'COPY package.json \\',
    '  # a comment in between',
    '  *.js ./',
    'EXPOSE 8080',
    'USER node',
    'ENTRYPOINT ["node"]',
    'CMD ["main.js"]',
  ].join('\n'),
  '.dockerignore': 'secret*\n**/*.log\n!keep.log\n',
  'package.json': '{}',
  'main.js': 'main',
  'lib/a.js': 'a',
  'lib/b.log': 'b',
  'secret.js': 'no',
  'keep.log': 'yes',
};

test('carries out everything but RUN, and honours .dockerignore', async () => {
  const image = await build(context(files), { buildArgs: { VERSION: '7' } });
  const root = await unpacked(image);
  expect(readFileSync(join(root, 'srv/main.js'), 'utf8')).toBe('main');
  expect(readFileSync(join(root, 'srv/lib/a.js'), 'utf8')).toBe('a');
  expect(existsSync(join(root, 'srv/lib/b.log'))).toBe(false);
  expect(existsSync(join(root, 'srv/secret.js'))).toBe(false);
  expect(image.base).toBe('node:20');
  expect(image.config).toEqual({
    User: 'node',
    ExposedPorts: { '8080/tcp': {} },
    Env: ['VERSION=7', 'GREETING=hello world'],
    Entrypoint: ['node'],
    Cmd: ['main.js'],
    WorkingDir: '/srv',
    Labels: { a: 'b' },
  });
});

test('the same files give the same digest, whenever and wherever they were written; others another', async () => {
  const first = context(files);
  const second = context(files);
  utimesSync(join(second, 'main.js'), 1, 1);
  const digest = async (folder: string, platforms = ['linux/amd64']) =>
    assembleImage(partsOf(await build(folder), platforms)).digest;
  expect(await digest(first)).toBe(await digest(second));
  writeFileSync(join(second, 'main.js'), 'niam');
  expect(await digest(first)).not.toBe(await digest(second));
  const index = assembleImage(partsOf(await build(first), ['linux/amd64', 'linux/arm64']));
  expect(JSON.parse(index.root.bytes.toString()).manifests).toHaveLength(2);
});

test('what only an engine can do is refused, with the line and what mends it', async () => {
  const run = context({ Dockerfile: 'FROM x\nRUN npm ci\n' });
  await expect(build(run)).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining('Dockerfile:2: RUN npm ci'),
    hint: expect.stringContaining('--allow-host-run'),
  });
  const remote = context({ Dockerfile: 'FROM x\nADD https://x.test/a /a\n' });
  await expect(build(remote)).rejects.toThrow(/fetches nothing/);
  const other = context({ Dockerfile: 'FROM x\nCOPY --from=nginx /etc /etc\n' });
  await expect(build(other)).rejects.toThrow(/no stage of this file/);
});

test('fails for the reasons of a real build', async () => {
  await expect(build(context({}))).rejects.toThrow('open Dockerfile: no such file or directory');
  await expect(build(context({ Dockerfile: 'FROM x\nCOPY gone /\n' }))).rejects.toThrow('"/gone": not found');
  await expect(build(context({ Dockerfile: 'FROM x\nFOO bar\n' }))).rejects.toThrow('unknown instruction: FOO');
  await expect(build(context({ Dockerfile: 'FROM x\nCOPY ../../etc/passwd /\n' }))).rejects.toThrow('not found');
});

test('RUN on the host, where allowed, changes the layer', async () => {
  const { spawnSync } = await import('node:child_process');
  const folder = context({ Dockerfile: 'FROM x\nWORKDIR /a\nCOPY in .\nRUN cp in out && rm in\n', in: 'text' });
  const image = await build(folder, {
    host: async ({ command: [program = '', ...args], cwd }) => spawnSync(program, args, { cwd }).status ?? 1,
  });
  const root = await unpacked(image);
  expect(readFileSync(join(root, 'a/out'), 'utf8')).toBe('text');
  expect(existsSync(join(root, 'a/in'))).toBe(false);
});

test('a layer cannot write outside its folder, by name or through a link', async () => {
  const outside = mkdtempSync(join(home, 'outside-'));
  const layer = async (add: (tar: ReturnType<typeof pack>) => void): Promise<Readable> => {
    const tar = pack();
    add(tar);
    tar.finalize();
    return Readable.from([gzipSync(await buffer(tar))]);
  };
  const root = mkdtempSync(join(home, 'root-'));
  await unpackLayer(await layer((tar) => tar.entry({ name: '../../up.txt' }, 'x')), true, root);
  expect(existsSync(join(root, 'up.txt'))).toBe(true);
  symlinkSync(outside, join(root, 'way'));
  const through = await layer((tar) => tar.entry({ name: 'way/evil.txt' }, 'x'));
  await expect(unpackLayer(through, true, root)).rejects.toThrow(/leads out of its own folder/);
  const both = await layer((tar) => {
    tar.entry({ name: 'link', type: 'symlink', linkname: '../../../../../../etc' });
    tar.entry({ name: 'link/evil.txt' }, 'x');
  });
  await expect(unpackLayer(both, true, root)).rejects.toThrow(/leads out of its own folder/);
  expect(existsSync(join(outside, 'evil.txt'))).toBe(false);
});
