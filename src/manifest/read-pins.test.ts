import { expect, test } from 'vitest';
import { TrunklineError } from '../errors.ts';
import { readPinAt } from './manifest.ts';
import type { Pin } from './pin.ts';
import type { ManifestPlace } from './place.ts';
import { readPinsAt } from './read-pins.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const names = ['api', 'web', 'tagged', 'none', 'odd', 'twice', 'missing'];
const yaml = `api: { image: "a/api@${digest}" }
web: { image: { repository: a/web, tag: v1, digest: ${digest} } }
tagged: { image: a/tagged:v1 }
none: { image: }
odd: { image: [] }
twice: &x { image: a/twice:1 }
again: *x
`;

/** One place alone, errors by their words. */
function alone(place: ManifestPlace, text: string): Pin | string | undefined {
  try {
    return readPinAt(place, text);
  } catch (error) {
    if (error instanceof TrunklineError) return error.message;
    throw error;
  }
}

test.each<[string, (name: string) => ManifestPlace, string]>([
  ['YAML', (name) => ({ kind: 'yaml', file: 'f', keys: [name, 'image'] }), yaml],
  [
    'documents',
    (name) => ({ kind: 'yaml', file: 'f', keys: [name, 'image'] }),
    `${yaml}---\ntwice: { image: a/b:2 }\n`,
  ],
  ['YAML that is none', (name) => ({ kind: 'yaml', file: 'f', keys: [name] }), 'a: {'],
  ['YAML by image', (name) => ({ kind: 'yaml', file: 'f', image: `a/${name}` }), yaml],
  [
    'JSON',
    (name) => ({ kind: 'json', file: 'f', keys: [name, name === 'tagged' ? 'tag' : 'image'] }),
    `{"api":{"image":"a/api@${digest}"},"web":{"image":"${digest}"},"tagged":{"tag":"1234567"},"none":{"image":""},"odd":{"image":[]},"twice":{"image":null}}`,
  ],
  ['JSON that is none', (name) => ({ kind: 'json', file: 'f', keys: [name] }), '{'],
  [
    'Kustomize',
    (name) => ({ kind: 'kustomize', file: 'f', image: name }),
    `images:\n- name: api\n  digest: ${digest}\n- { name: web, newTag: v1 }\n- name: none\n- name: odd\n  digest: x\n- name: twice\n- name: twice\n`,
  ],
  [
    'a pattern',
    (name) => ({ kind: 'regex', file: 'f', pattern: `^${name}=(?<pin>.*)$` }),
    `api=a/api@${digest}\nweb=\nodd=!\n`,
  ],
])('many places of %s are what each is alone', (_name, placeOf, text) => {
  const places = names.map(placeOf);
  const read = readPinsAt(places, text).map((one) => ('error' in one ? one.error.message : one.pin));
  expect(read).toEqual(places.map((place) => alone(place, text)));
});
