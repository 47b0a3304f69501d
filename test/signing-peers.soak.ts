import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trustedRootFile } from '../src/lab/sigstore/sigstore-services.ts';
import { type Image, openSigningWorld, type SigningWorld } from '../src/lab/sigstore/testing/signing-world.ts';
import { parseDigest } from '../src/model/digest.ts';
import { pushArchive } from '../src/registry/archive/push-archive.ts';
import { readArchive } from '../src/registry/archive/read-archive.ts';
import { predicateTypes } from '../src/sigstore/statement.ts';
import { verifyImage } from '../src/sigstore/verify-image.ts';

const run = promisify(execFile);
const there = await run('cosign', ['version']).then(
  () => true,
  () => false,
);
if (!there) process.stderr.write('cosign is not installed: nothing was tried with it (.ci/cosign)\n');
let world: SigningWorld;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  world = await openSigningWorld();
  mkdirSync(join(world.folder, 'docker'));
  writeFileSync(
    join(world.folder, 'docker/config.json'),
    JSON.stringify({ auths: { [world.host]: { auth: world.auth } } }),
  );
  env = { PATH: process.env['PATH'], HOME: world.folder, DOCKER_CONFIG: join(world.folder, 'docker') };
});
const endings: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of endings) end();
  await world.close();
});

/** One instance's authorities a line; cosign reads those of one. */
function trustedRoot(): string {
  const [root = ''] = readFileSync(trustedRootFile(world.folder), 'utf8').trim().split('\n');
  const file = join(world.folder, 'root.json');
  writeFileSync(file, root);
  return file;
}

const identity = 'https://github.com/acme/app/.github/workflows/publish.yml@refs/heads/main';
async function cosign(
  verb: readonly string[],
  { registry, repository, digest }: Image,
  who = identity,
): Promise<string> {
  const file = trustedRoot();
  const issuer = ['--certificate-oidc-issuer', 'https://token.actions.githubusercontent.com'];
  const words = [...verb, ...issuer, '--certificate-identity', who, '--trusted-root', file, '--allow-http-registry'];
  const source = ['--certificate-github-workflow-repository', 'acme/app'];
  return run('cosign', [...words, ...source, `${registry}/${repository}@${digest}`], { env }).then(
    ({ stdout, stderr }) => stdout + stderr,
    (error: { stderr?: string; message: string }) => `refused: ${error.stderr ?? error.message}`,
  );
}

test('cosign 3 takes what is signed here, by whom it was signed only', async () => {
  if (!there) return;
  const { image } = await world.pushImage(false);
  const types = [predicateTypes.signature, predicateTypes.provenance, predicateTypes.spdx] as const;
  for (const type of types) await world.attach(image, await world.signed(world.statement(image.digest, type)), type);
  expect(await cosign(['verify'], image)).toContain('claims were validated');
  for (const type of types.slice(1))
    expect(await cosign(['verify-attestation', '--type', type], image), type).toContain('claims were validated');
  expect(await cosign(['verify'], image, identity.replace('main', 'next'))).toMatch(/^refused: /);
});

/** One of the world's services under an address of its own, as cosign reaches it. */
async function reach(host: string): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const { authorization = '', accept = '*/*', 'content-type': type = '' } = request.headers;
      const headers = { 'content-type': type, accept, authorization };
      const answer = await world.fetch(`https://${host}${request.url}`, {
        method: request.method ?? 'GET',
        headers,
        ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
      });
      const bytes = Buffer.from(await answer.arrayBuffer());
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(bytes);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endings.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('what cosign 3 signs is taken here', async () => {
  if (!there) return;
  const { image } = await world.pushImage(false);
  await world.signed(world.statement(image.digest));
  const file = trustedRoot();
  const token = join(world.folder, 'token');
  writeFileSync(token, world.token().jwt, { mode: 0o600 });
  const service = async (host: string, path = ''): Promise<object> => ({
    url: `${await reach(host)}${path}`,
    majorApiVersion: 1,
    validFor: { start: '2026-01-01T00:00:00Z' },
    operator: 'lab',
  });
  const config = {
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [await service('fulcio.sigstore.dev')],
    rekorTlogUrls: [await service('rekor.sigstore.dev')],
    rekorTlogConfig: { selector: 'ANY' },
    tsaUrls: [await service('timestamp.sigstore.dev', '/api/v1/timestamp')],
    tsaConfig: { selector: 'ANY' },
  };
  const services = join(world.folder, 'services.json');
  writeFileSync(services, JSON.stringify(config));
  const name = `${image.registry}/${image.repository}@${image.digest}`;
  const words = ['sign', '--yes', '--signing-config', services, '--identity-token', token, '--trusted-root', file];
  await run('cosign', [...words, '--allow-http-registry', name], { env });
  const { ok, checks } = await verifyImage(world.registry, {
    image,
    predicateTypes: [predicateTypes.signature],
    signer: { identities: [identity], claims: { repositoryUri: 'https://github.com/acme/app' } },
    trusted: world.trusted,
  });
  expect(checks.flatMap(({ reasons }) => reasons)).toEqual([identity]);
  expect(ok).toBe(true);
});

test('cosign takes the older form of what is signed here, and what it signs in that form is taken here', async () => {
  if (!there) return;
  const older = ['--new-bundle-format=false'];
  const { image } = await world.pushImage(false);
  await world.attachClassic(image, await world.signedClassic(image.digest));
  expect(await cosign(['verify', ...older], image)).toContain('claims were validated');
  // And where it finds no bundle, by itself.
  expect(await cosign(['verify'], image)).toContain('claims were validated');
  expect(await cosign(['verify', ...older], image, identity.replace('main', 'next'))).toMatch(/^refused: /);
  const moved = await world.pushImage(false);
  await world.attachClassic(moved.image, await world.signedClassic(image.digest));
  expect(await cosign(['verify', ...older], moved.image)).toMatch(/^refused: /);

  const other = await world.pushImage(false);
  const token = join(world.folder, 'older-token');
  writeFileSync(token, world.token().jwt, { mode: 0o600 });
  const [fulcio, rekor, timestamps] = await Promise.all(
    ['fulcio', 'rekor', 'timestamp'].map((name) => reach(`${name}.sigstore.dev`)),
  );
  const name = `${other.image.registry}/${other.image.repository}@${other.image.digest}`;
  const services = ['--fulcio-url', fulcio ?? '', '--rekor-url', rekor ?? ''];
  const timed = ['--timestamp-server-url', `${timestamps}/api/v1/timestamp`];
  const words = ['sign', '--yes', ...older, '--use-signing-config=false', ...services, ...timed];
  const trust = ['--identity-token', token, '--trusted-root', trustedRoot(), '--allow-http-registry'];
  await run('cosign', [...words, ...trust, name], { env });
  const { ok, checks } = await verifyImage(world.registry, {
    image: other.image,
    predicateTypes: [predicateTypes.signature],
    signer: { identities: [identity], claims: { repositoryUri: 'https://github.com/acme/app' } },
    classic: true,
    trusted: world.trusted,
  });
  expect(checks.flatMap(({ reasons }) => reasons)).toEqual([identity]);
  expect(ok).toBe(true);
});

test('what buildah builds and pushes is signed, verified and copied by skopeo as anything else', async () => {
  const there = await Promise.all(
    ['buildah', 'skopeo'].map((name) =>
      run(name, ['--version']).then(
        () => undefined,
        () => name,
      ),
    ),
  );
  const missing = there.filter((one) => one !== undefined);
  if (missing.length > 0 || process.getuid?.() !== 0) {
    process.stderr.write(
      `${missing.join(', ') || 'root'} is missing: no image was built (apt install buildah skopeo)\n`,
    );
    return;
  }
  const { folder, host } = world;
  const options = { cwd: folder, env };
  const store = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
  const login = ['--tls-verify=false', '--authfile', join(folder, 'docker/config.json')];
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY docker/config.json /x\n');
  await run('buildah', [...store, 'bud', '-q', '--timestamp', '0', '-t', 'built', '.'], options);
  const push = ['push', '-q', '--digestfile', 'digest'];
  await run('buildah', [...store, ...push, ...login, 'built', `docker://${host}/acme/api:built`], options);
  const digest = parseDigest(readFileSync(join(folder, 'digest'), 'utf8').trim());
  const image = { registry: host, repository: 'acme/api', digest };
  await world.attach(image, await world.signed(world.statement(digest)));
  const { ok } = await verifyImage(world.registry, {
    image,
    predicateTypes: [predicateTypes.provenance],
    signer: { identities: [identity], claims: { repositoryUri: 'https://github.com/acme/app' } },
    trusted: world.trusted,
  });
  expect(ok).toBe(true);
  // And from an archive: what skopeo writes is what is pushed.
  const source = `docker://${host}/acme/api@${digest}`;
  await run(
    'skopeo',
    ['copy', '-q', '--src-tls-verify=false', ...login.slice(1), source, 'oci-archive:copy.tar'],
    options,
  );
  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked);
  const archived = await readArchive(join(folder, 'copy.tar'), unpacked);
  expect(archived.digest).toBe(digest);
  await pushArchive(world.registry, { registry: host, repository: 'acme/copied' }, archived, { tags: ['v1'] });
  const { stdout } = await run('skopeo', ['inspect', ...login, `docker://${host}/acme/copied:v1`], options);
  expect(JSON.parse(stdout)).toMatchObject({ Digest: digest });
});
