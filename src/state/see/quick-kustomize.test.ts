import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPinAt } from '../../manifest/manifest.ts';
import { quickKustomizeImages, quickKustomizePin } from './quick-kustomize.ts';
import { digestOf } from './testing/infra-repository.ts';

const parsed = (text: string, image: string) => {
  try {
    return readPinAt({ kind: 'kustomize', file: 'kustomization.yaml', image }, text);
  } catch {
    return 'refused';
  }
};

const plain = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization # yes
namePrefix: 'x-'
resources:
- ../../base
images:
  # the first
  - name: acme/api
    newName: ghcr.io/acme/api # where it is
    newTag: "1.10"
    digest: ${digestOf('a')}
  - name: web
    newTag: v2
labels:
- pairs: { a: b }
`;

test('a plain kustomization is read without a parser, and as the parser reads it', () => {
  expect(quickKustomizeImages(plain)?.map((one) => one.name)).toEqual(['acme/api', 'web']);
  for (const image of ['acme/api', 'web']) expect(quickKustomizePin(image, plain)).toEqual(parsed(plain, image));
});

test('what is not plain is left to the parser', () => {
  const odd = [
    plain.replace('newTag: v2', 'newTag: 1.10'),
    plain.replace('newTag: v2', 'newTag: *tag'),
    plain.replace('- name: web', '- &web\n    name: web'),
    plain.replace('    newTag: v2', '   newTag: v2'),
    plain.replace('    newTag: v2', '    newTag: v2\n    newTag: v3'),
    plain.replace('  - name: web\n    newTag: v2', '  - { name: web, newTag: v2 }'),
    plain.replace('name: web', 'name: acme/api'),
    plain.replace(digestOf('a'), 'sha256:1'),
    plain.replaceAll('\n', '\r\n'),
    `${plain}---\nimages:\n- name: other\n  newTag: v1\n`,
    `${plain}images:\n- name: other\n  newTag: v1\n`,
  ];
  for (const text of odd) expect(quickKustomizeImages(text), text).toBeUndefined();
});

const piece = fc.constantFrom(
  'images:',
  '  ',
  '- ',
  'name: a',
  'name: b',
  'newTag: ',
  'newName: x/y',
  'digest: ',
  digestOf('d'),
  '1.2',
  'v1',
  '"v2"',
  "'v3'",
  '\n',
  '\n',
  '\n  - name: a\n    newTag: v1\n',
  '\nimages:\n',
  '# c',
  '&x ',
  '*x',
  '{}',
  '|',
  '---\n',
  ' ',
  'true',
  '~',
);

test('whatever it reads, the parser reads the same, where it takes the whole file', () => {
  let read = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), fc.boolean(), (pieces, start) => {
      const text = `${start ? 'kind: Kustomization\nimages:\n- name: a\n  newTag: v0\n' : ''}${pieces.join('')}`;
      const images = quickKustomizeImages(text);
      for (const { name, pin } of images ?? []) {
        const whole = parsed(text, name);
        if (pin === undefined || whole === 'refused') continue;
        read += 1;
        expect(whole).toEqual(pin);
      }
    }),
    { numRuns: 2000, seed: 7 },
  );
  expect(read).toBeGreaterThan(50);
});
