import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { dispatch } from '../src/cli/dispatch.ts';
import { openSigningWorld, type SigningWorld } from '../src/lab/sigstore/testing/signing-world.ts';
import { parseDigest } from '../src/model/digest.ts';
import { digestOf } from '../src/registry/digest-of.ts';

let world: SigningWorld;
beforeAll(async () => {
  world = await openSigningWorld();
  await mkdir(join(world.folder, 'docker'));
  await writeFile(
    join(world.folder, 'docker/config.json'),
    JSON.stringify({ auths: { [world.host]: { auth: world.auth } } }),
  );
});
afterAll(() => world.close());

async function push(...words: string[]): Promise<{ code: number; text: string; digest: string }> {
  let text = '';
  const output = {
    write: (part: string) => {
      text += part;
    },
    isTTY: false,
    columns: 100,
  };
  const outputs = join(world.folder, 'outputs');
  writeFileSync(outputs, '');
  const code = await dispatch(['ci', 'push', ...words], commands, {
    clock: { now: () => Date.now(), sleep: async () => undefined },
    random: (bytes) => new Uint8Array(bytes),
    env: { PATH: process.env['PATH'], DOCKER_CONFIG: join(world.folder, 'docker'), GITHUB_OUTPUT: outputs },
    fetch: world.fetch,
    stdout: output,
    stderr: output,
    cwd: world.folder,
    interrupted: new AbortController().signal,
  });
  return { code, text, digest: /sha256:[0-9a-f]{64}/.exec(readFileSync(outputs, 'utf8'))?.[0] ?? '' };
}

/** Files, as a tar in the folder. */
async function tar(name: string, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const { pack } = await import('tar-stream');
  const archive = pack();
  for (const [path, content] of Object.entries(files)) archive.entry({ name: path }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  await writeFile(join(world.folder, name), Buffer.concat(chunks));
  return name;
}

const blob = (bytes: Buffer): string => `blobs/${digestOf(bytes).replace(':', '/')}`;
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const described = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });

/** Two platforms of one layer, as buildx writes them. */
function layout(layer = Buffer.from('a layer')): { files: Record<string, Buffer>; digest: string } {
  const files: Record<string, Buffer> = { [blob(layer)]: layer };
  const platforms = ['amd64', 'arm64'].map((architecture) => {
    const config = json({ os: 'linux', architecture });
    const manifest = json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: described('application/vnd.oci.image.config.v1+json', config),
      layers: [described('application/vnd.oci.image.layer.v1.tar', layer)],
    });
    Object.assign(files, { [blob(config)]: config, [blob(manifest)]: manifest });
    return {
      ...described('application/vnd.oci.image.manifest.v1+json', manifest),
      platform: { os: 'linux', architecture },
    };
  });
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const index = json({ schemaVersion: 2, mediaType, manifests: platforms });
  const top = json({ schemaVersion: 2, manifests: [described(mediaType, index)] });
  return { files: { ...files, [blob(index)]: index, 'index.json': top }, digest: digestOf(index) };
}

test('an OCI layout arrives byte for byte, whatever it is packed in, and only as what was tested', async () => {
  const { files, digest } = layout();
  const image = `${world.host}/acme/built`;
  const file = await tar('image.tar', { 'oci-layout': '{"imageLayoutVersion":"1.0.0"}', ...files });
  const dry = await push(file, image, '--dry-run');
  expect([dry.code, dry.digest], dry.text).toEqual([0, digest]);
  const place = { registry: world.host, repository: 'acme/built' };
  expect(await world.registry.resolve({ ...place, digest: parseDigest(digest) })).toBeUndefined();

  const done = await push(file, image, '--digest', digest, '--tag', 'v1');
  expect([done.code, done.text]).toEqual([0, `pushed ${image}@${digest}\n`]);
  expect((await world.registry.resolve({ ...place, tag: 'v1' }))?.digest).toBe(digest);
  const { manifest } = await world.registry.getManifest({ ...place, digest: parseDigest(digest) });
  expect(manifest.manifests?.map((one) => one.platform?.architecture)).toEqual(['amd64', 'arm64']);

  writeFileSync(join(world.folder, 'image.tar.gz'), gzipSync(readFileSync(join(world.folder, file))));
  expect((await push('image.tar.gz', image, '--dry-run')).digest).toBe(digest);
  const other = await push(file, image, '--digest', `sha256:${'0'.repeat(64)}`);
  expect(other.text).toContain(`found ${digest}`);
});

test('a layer that was changed, one that is missing, and an archive that is cut off are refused, and nothing is pushed', async () => {
  const { files } = layout();
  const layer = blob(Buffer.from('a layer'));
  const image = `${world.host}/acme/bad`;
  const refused = async (name: string): Promise<string> => {
    const { code, text } = await push(name, image);
    expect(code).toBe(1);
    return text;
  };
  const changed = await tar('changed.tar', { ...files, [layer]: 'other' });
  expect(await refused(changed)).toMatch(/expected bytes of sha256:[0-9a-f]{64} in the archive, found others/);
  const { [layer]: _gone, ...rest } = files;
  expect(await refused(await tar('missing.tar', rest))).toMatch(/expected blobs\/sha256\/[0-9a-f]{64} in the archive/);
  const cut = await tar('cut.tar', files);
  truncateSync(join(world.folder, cut), 1500);
  expect(await refused(cut)).toContain('found something else or part of one');
  expect(await refused(await tar('empty.tar', {}))).toContain('expected manifest.json in the archive');
  expect(await refused('none.tar')).toContain('found no such file');
  expect(await world.registry.tags({ registry: world.host, repository: 'acme/bad' })).toEqual([]);
});

test('what docker save writes has one digest, and layers that another repository has are not sent', async () => {
  const [one, two] = [Buffer.from('first layer'), Buffer.from('second layer')];
  const config = json({ rootfs: { type: 'layers', diff_ids: [digestOf(one), digestOf(two)] } });
  const saved = (name: string, second = two) =>
    tar(name, {
      'manifest.json': json([{ Config: 'c.json', RepoTags: ['x:1'], Layers: ['1/layer.tar', '2/layer.tar'] }]),
      'c.json': config,
      '1/layer.tar': one,
      '2/layer.tar': second,
    });
  const first = await push(await saved('saved.tar'), `${world.host}/acme/base`);
  expect(first.code, first.text).toBe(0);
  const sent: string[] = [];
  const { fetch } = world;
  const watched: typeof fetch = (input, init) => {
    sent.push(`${init?.method} ${String(input)}`);
    return fetch(input, init);
  };
  Object.assign(world, { fetch: watched });
  const second = await push('saved.tar', `${world.host}/acme/derived`, '--mount-from', 'acme/base');
  Object.assign(world, { fetch });
  expect(second.digest).toBe(first.digest);
  expect(sent.filter((line) => line.startsWith('POST')).every((line) => line.includes('?mount='))).toBe(true);
  expect(sent.some((line) => line.startsWith('PUT') && line.includes('/blobs/'))).toBe(false);
  expect((await push(await saved('tampered.tar', one), `${world.host}/acme/base`)).text).toContain('found others');
});
