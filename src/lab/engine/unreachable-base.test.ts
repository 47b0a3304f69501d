import { expect, test } from 'vitest';
import { unreachableBase } from './unreachable-base.ts';

test('an offline machine is told from a Dockerfile that is wrong, in the words of each engine', () => {
  const offline = [
    'ERROR: failed to solve: node:22-alpine: failed to resolve source metadata for docker.io/library/node:22-alpine: failed to do request: Head "https://registry-1.docker.io/v2/library/node/manifests/22-alpine": dial tcp: lookup registry-1.docker.io: no such host',
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: TLS handshake timeout',
    'Error: creating build container: initializing source docker://node:22-alpine: pinging container registry registry-1.docker.io: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such host',
  ];
  for (const line of offline) expect(unreachableBase(['STEP 1/2: FROM node:22-alpine', line, ''])).toBe(line);
  const wrong = [
    'ERROR: failed to solve: node:nope: failed to resolve source metadata for docker.io/library/node:nope: docker.io/library/node:nope: not found',
    'ERROR: failed to solve: pull access denied, repository does not exist or may require authorization',
    'ERROR: failed to solve: process "/bin/sh -c curl https://x.test" did not complete successfully: exit code: 6',
    'Error: initializing source docker://quay.io/x/y:1: reading manifest 1 in quay.io/x/y: unauthorized: access to the requested resource is not authorized',
  ];
  for (const line of wrong) {
    expect(unreachableBase(['curl: (6) Could not resolve host: no such host', line])).toBeUndefined();
  }
});
