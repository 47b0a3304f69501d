import { expect, test } from 'vitest';
import { detectPins } from './detect-pins.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  ['by digest', { api: { image: `ghcr.io/acme/api@${digest}` } }, ['api']],
  ['by tag, under a key that says so', { api: { image: 'acme/api:v1' }, port: 'localhost:80' }, ['api']],
  ['deeper, and bare digests', { services: { web: { digest } } }, ['services.web']],
  ['one image for the whole file', { image: 'ghcr.io/acme/web:1.2' }, ['web']],
  ['the service as the key', { api: `ghcr.io/acme/api@${digest}` }, ['api']],
  ['nothing yet', { api: { image: '' }, url: 'https://a.test/b:c' }, []],
])('finds pins %s', (_name, value, services) => {
  expect(detectPins(JSON.stringify(value)).map((one) => one.service)).toEqual(services);
});

test('passes over what is no JSON', () => {
  expect(detectPins('{ // a comment')).toEqual([]);
});
