import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const folder = new URL('../envs/', import.meta.url);
const manifests = readdirSync(folder).map((name) => ({
  name,
  services: JSON.parse(readFileSync(new URL(name, folder), 'utf8')),
}));

for (const { name, services } of manifests) {
  test(`${name} names images by digest only`, () => {
    for (const [service, { image }] of Object.entries(services)) {
      assert.match(image, /^$|^ghcr\.io\/acme\/[a-z-]+@sha256:[0-9a-f]{64}$/, `${service}: "" or …@sha256:…`);
    }
  });

  test(`${name} gives every service an address of its own`, () => {
    const urls = Object.values(services).map(({ url }) => new URL(url).host);
    assert.equal(new Set(urls).size, urls.length);
  });
}

test('every environment lists the same services', () => {
  const lists = manifests.map(({ services }) => Object.keys(services).sort().join());
  assert.equal(new Set(lists).size, 1);
});
