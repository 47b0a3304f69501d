// What bench/supply-chain.js has done in processes of their own: bundled first, since it reads the sources.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { openSigningWorld } from '../src/lab/sigstore/testing/signing-world.ts';
import { createRegistryClient } from '../src/registry/registry-client.ts';
import { predicateTypes } from '../src/sigstore/statement.ts';
import { verifyImage } from '../src/sigstore/verify-image.ts';

const [mode, host, auth] = process.argv.slice(2);
const place = { registry: host, repository: 'acme/api' };
const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

function client() {
  const [username, password] = Buffer.from(auth, 'base64').toString().split(':');
  return createRegistryClient({ fetch, credentials: () => ({ username, password }) });
}

const modes = {
  serve: async () => {
    const world = await openSigningWorld();
    say({ host: world.host, auth: world.auth, ...(await signing(world)) });
    process.stdin.resume().once('end', () => world.close());
  },
  /** A layer of 100 MB that is made as it is sent. */
  push: async () => {
    const before = process.resourceUsage().maxRSS;
    const block = Buffer.alloc(1024 * 1024, 'x');
    const blocks = 100;
    const hash = createHash('sha256');
    for (let index = 0; index < blocks; index++) hash.update(block);
    const size = blocks * block.length;
    // Every block is the same: a part of it is as many bytes of any.
    const parts = function* (length) {
      for (let left = length; left > 0; left -= block.length) yield block.subarray(0, Math.min(left, block.length));
    };
    const content = (range) => Readable.from(parts(range === undefined ? size : range.end - range.start + 1));
    const blob = { digest: `sha256:${hash.digest('hex')}`, size, content };
    const start = performance.now();
    await client().putBlob(place, blob);
    say({ milliseconds: performance.now() - start, megabytes: (process.resourceUsage().maxRSS - before) / 1024 });
  },
  /** 400 indexes of two platforms each, with two things hung on each index: 2,000 manifests. */
  fill: async () => {
    const registry = client();
    const config = Buffer.from('{"created":"2020-01-01T00:00:00Z"}');
    await registry.putBlob(place, { digest: digestOf(config), size: config.length, content: () => config });
    const digests = [];
    const put = (body, tag) => {
      const mediaType = body.mediaType;
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...body }));
      return registry
        .putManifest(place, { mediaType, bytes, ...(tag === undefined ? {} : { tag }) })
        .then((digest) => ({ mediaType, digest, size: bytes.length }));
    };
    const image = 'application/vnd.oci.image.manifest.v1+json';
    const described = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(config),
      size: config.length,
    };
    for (let index = 0; index < 400; index++) {
      const platforms = [];
      for (const architecture of ['amd64', 'arm64']) {
        const child = await put({
          mediaType: image,
          config: described,
          layers: [],
          annotations: { index: `${index} ${architecture}` },
        });
        platforms.push({ ...child, platform: { os: 'linux', architecture } });
      }
      const whole = await put(
        { mediaType: 'application/vnd.oci.image.index.v1+json', manifests: platforms },
        `v${index}`,
      );
      for (const kind of ['a', 'b'])
        await put({ mediaType: image, artifactType: `x/${kind}`, config: described, layers: [], subject: whole });
      digests.push(whole.digest);
    }
    say({ digests });
  },
};

async function signing(world) {
  const { image } = await world.pushImage(false);
  const types = [predicateTypes.signature, predicateTypes.provenance];
  const sign = async () => {
    for (const type of types) await world.attach(image, await world.signed(world.statement(image.digest, type)), type);
  };
  await sign();
  const trusted = world.trusted();
  const signer = {
    identities: ['https://github.com/acme/app/.github/workflows/publish.yml@refs/heads/main'],
    claims: { repositoryUri: 'https://github.com/acme/app' },
  };
  const verify = async () => {
    const { ok } = await verifyImage(world.registry, { image, predicateTypes: types, signer, trusted: () => trusted });
    if (!ok) throw new Error('what was signed is not verified');
  };
  const time = async (work) => {
    const times = [];
    for (let round = 0; round < 7; round++) {
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
    }
    return median(times);
  };
  const verified = await time(verify);
  return { sign: await time(sign), verify: verified };
}

await modes[mode]();
