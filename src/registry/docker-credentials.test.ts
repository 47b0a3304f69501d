import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dockerCredentials } from './docker-credentials.ts';
import { parseImageReference } from './image-reference.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'docker-'));
  // As helpers do: the registry comes in, and JSON goes out, or an error.
  const script = `#!/bin/sh
read -r registry
case "$registry" in
  helped.test) echo '{"Username":"AWS","Secret":"s3cret"}' ;;
  token.test) echo '{"Username":"<token>","Secret":"kept"}' ;;
  *) echo 'credentials not found in native keychain'; exit 1 ;;
esac
`;
  writeFileSync(join(folder, 'docker-credential-tried'), script);
  chmodSync(join(folder, 'docker-credential-tried'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function login(config: object): (registry: string) => unknown {
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return dockerCredentials({ DOCKER_CONFIG: folder, PATH: `${folder}:${process.env['PATH']}` });
}
const auth = Buffer.from('bob:pass:word').toString('base64');

test('logins are those of docker’s file, under any of a registry’s names', () => {
  const found = login({
    auths: { 'ghcr.io': { auth }, 'https://quay.test': { auth }, 'https://index.docker.io/v1/': { auth } },
  });
  for (const registry of ['ghcr.io', 'quay.test', 'registry-1.docker.io'])
    expect(found(registry), registry).toEqual({ username: 'bob', password: 'pass:word' });
  expect(found('other.test')).toBeUndefined();
});

test('a helper is asked first, of one registry or of all, and what it does not know may stand in the file', () => {
  const one = login({ credHelpers: { 'helped.test': 'tried' } });
  expect(one('helped.test')).toEqual({ username: 'AWS', password: 's3cret' });
  expect(one('token.test')).toBeUndefined();
  const all = login({ credsStore: 'tried', auths: { 'ghcr.io': { auth } } });
  expect(all('helped.test')).toEqual({ username: 'AWS', password: 's3cret' });
  expect(all('ghcr.io')).toEqual({ username: 'bob', password: 'pass:word' });
  expect(login({ credsStore: '../tried' })('helped.test')).toBeUndefined();
});

test('what buys tokens and is no password is told apart', () => {
  const kept = { identityToken: 'kept' };
  expect(login({ credsStore: 'tried' })('token.test')).toMatchObject(kept);
  expect(login({ auths: { 'acr.test': { auth, identitytoken: 'kept' } } })('acr.test')).toMatchObject(kept);
});

test.each([
  ['nginx', 'registry-1.docker.io', 'library/nginx'],
  ['acme/api:v1', 'registry-1.docker.io', 'acme/api'],
  ['docker.io/nginx', 'registry-1.docker.io', 'library/nginx'],
  ['index.docker.io/acme/api', 'registry-1.docker.io', 'acme/api'],
  ['ghcr.io/nginx', 'ghcr.io', 'nginx'],
  ['localhost:5000/nginx', 'localhost:5000', 'nginx'],
])('%s is read as docker reads it', (text, registry, repository) => {
  expect(parseImageReference(text)).toMatchObject({ registry, repository });
});
