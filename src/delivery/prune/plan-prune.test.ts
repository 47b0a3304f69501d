import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Digest } from '../../model/digest.ts';
import { attachedTo, type Item, ownTags } from './inventory.ts';
import { type PruneRules, planPrune } from './plan-prune.ts';

const day = 86_400_000;
const name = (index: number): Digest => `sha256:${index.toString(16).padStart(64, '0')}` as Digest;
const rules: PruneRules = {
  used: new Map(),
  usedTags: new Set(),
  keepTag: () => false,
  minimumAge: 7 * day,
  now: 100 * day,
};
const item = (index: number, more: Partial<Item> = {}): Item => ({
  digest: name(index),
  tags: [],
  children: [],
  pushedAt: 0,
  ...more,
});
const told = (items: readonly Item[], more: Partial<PruneRules> = {}): Record<'keep' | 'remove', string[]> => {
  const plan = planPrune(items, { ...rules, ...more });
  const line = (one: { digest: Digest; reason: string }): string =>
    `${Number.parseInt(one.digest.slice(-4), 16)} ${one.reason}`;
  return { keep: plan.keep.map(line), remove: plan.remove.map(line) };
};

test('what has no tag and is used nowhere goes', () => {
  const items = [
    item(1, { tags: [`sha256-${name(3).slice(7)}`], list: true, children: [name(2)] }),
    item(2, { subject: name(3) }),
  ];
  expect(told([...items, item(3)])).toEqual({
    keep: [],
    remove: ['3', '2', '1'].map((one) => `${one} no tag, used nowhere, 100 days old`),
  });
});

test('whatever is left is whole after each step, however deep it hangs', () => {
  const size = 20;
  const some = fc.record({
    // Counted from the item itself: what holds something has a lower number.
    children: fc.array(fc.integer({ min: 1, max: size }), { maxLength: 3 }),
    subject: fc.option(fc.integer({ min: 1, max: size }), { nil: undefined }),
    list: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(some, { minLength: 2, maxLength: size }), (drawn) => {
      const exists = (at: number): boolean => at >= 0 && at < drawn.length;
      const items = drawn.map(({ children, subject, list }, at): Item => {
        const on = subject === undefined || !exists(at - subject) ? undefined : name(at - subject);
        const isList = list && on !== undefined;
        return item(at, {
          children: children.flatMap((one) =>
            exists(at + (isList ? -one : one)) ? name(at + (isList ? -one : one)) : [],
          ),
          ...(on === undefined ? {} : isList ? { tags: [`sha256-${on.slice(7)}`], list } : { subject: on }),
        });
      });
      // In no order of its own.
      const { remove } = planPrune([...items].reverse(), rules);
      const turn = new Map(remove.map(({ digest }, index) => [digest, index]));
      const goesFirst = (one: Digest, other: Digest): void =>
        expect(turn.get(one)).toBeLessThan(turn.get(other) ?? Number.NaN);
      expect(remove).toHaveLength(items.length);
      for (const one of items) {
        const { digest, children, subject } = one;
        const list = attachedTo(one);
        for (const on of [...list, ...(subject === undefined ? [] : [subject])]) goesFirst(on, digest);
        for (const child of children) {
          if (list.length > 0) goesFirst(child, digest);
          else goesFirst(digest, child);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test.each<[string, Item[], Partial<PruneRules>, string[]]>([
  ['deployed', [item(1)], { used: new Map([[name(1), 'pinned in envs/prod.json']]) }, ['1 pinned in envs/prod.json']],
  [
    'of a tag that a manifest names',
    [item(1, { tags: ['v1'] })],
    { keepNewest: 0, usedTags: new Set(['v1']) },
    ['1 its tag v1 stands in a manifest'],
  ],
  [
    'of a tag that is asked for',
    [item(1, { tags: ['v1'] })],
    { keepNewest: 0, keepTag: (tag) => tag === 'v1' },
    ['1 its tag v1 is kept'],
  ],
  ['tagged', [item(1, { tags: ['x'] })], {}, ['1 tagged x']],
  ['young', [item(1, { pushedAt: 94 * day })], {}, ['1 too young']],
  ['of unknown age', [{ digest: name(1), tags: [], children: [] }], {}, ['1 of unknown age']],
  [
    'a platform of what is kept',
    [item(1, { tags: ['x'], children: [name(2)] }), item(2)],
    {},
    ['1 tagged x', '2 part of 000000000000'],
  ],
  [
    'a signature of a platform of what is kept, and its list',
    [
      item(1, { tags: ['x'], children: [name(2)] }),
      item(2),
      item(3, { subject: name(2) }),
      item(4, { tags: [`sha256-${name(2).slice(7)}`], list: true, children: [name(3)] }),
    ],
    {},
    ['1 tagged x', '2 part of 000000000000', '3 hangs on 000000000000', '4 hangs on 000000000000'],
  ],
  [
    'an older tool’s signature',
    [item(1, { tags: ['x'] }), item(2, { tags: [`sha256-${name(1).slice(7)}.sig`] })],
    {},
    ['1 tagged x', '2 hangs on 000000000000'],
  ],
  [
    'an image named by the hash of its source',
    [item(1, { tags: [`sha256-${name(9).slice(7)}`] })],
    {},
    [`1 tagged sha256-${name(9).slice(7)}`],
  ],
  [
    'what a tagged attestation hangs on',
    [item(1, { tags: ['keep'], subject: name(2) }), item(2)],
    {},
    ['1 tagged keep', '2 000000000000 hangs on it'],
  ],
])('kept: %s', (_, items, more, keep) => {
  expect(told(items, more)).toEqual({ keep, remove: [] });
});

test('of tagged images the newest stay, and whatever is used', () => {
  const items = Array.from({ length: 15 }, (_, index) =>
    item(index, { tags: [`sha-${index}`], pushedAt: index * day }),
  );
  const { keep, remove } = told(items, { keepNewest: 10, minimumAge: 0, used: new Map([[name(2), 'deployed']]) });
  expect(remove.map((line) => line.split(' ')[0])).toEqual(['0', '1', '3', '4']);
  expect(keep).toContain('2 deployed');
});

/** Says it slowly: grows the set until nothing more belongs to it. */
function slowly(items: readonly Item[], first: ReadonlySet<Digest>): ReadonlySet<Digest> {
  const kept = new Set(items.map((one) => one.digest).filter((digest) => first.has(digest)));
  for (let before = -1; before !== kept.size; ) {
    before = kept.size;
    for (const one of items) {
      const related = [
        ...items.filter((other) => kept.has(other.digest) && other.children.includes(one.digest)),
        ...items.filter((other) => kept.has(other.digest) && other.subject === one.digest),
        ...(one.subject !== undefined && kept.has(one.subject) ? [one] : []),
        ...attachedTo(one).filter((digest) => kept.has(digest)),
      ];
      if (related.length > 0) kept.add(one.digest);
    }
  }
  return kept;
}

test('nothing goes that any chain of parts and attachments ties to what is kept, and nothing else stays', () => {
  const size = 24;
  const index = fc.nat(size - 1);
  const some = fc.record({
    children: fc.array(index, { maxLength: 3 }),
    subject: fc.option(index, { nil: undefined }),
    list: fc.boolean(),
    tag: fc.oneof(fc.constant(undefined), fc.constant('own'), index),
    used: fc.boolean(),
    age: fc.constantFrom(0, 50, 99),
  });
  fc.assert(
    fc.property(fc.array(some, { minLength: 1, maxLength: size }), (drawn) => {
      const items = drawn.map(
        ({ children, subject, list, tag, age }, at): Item => ({
          digest: name(at),
          tags: tag === undefined ? [] : [tag === 'own' ? `v${at}` : `sha256-${name(tag).slice(7)}`],
          children: children.map(name),
          list,
          pushedAt: age * day,
          ...(subject === undefined ? {} : { subject: name(subject) }),
        }),
      );
      const used = new Map(
        drawn.flatMap((one, at) => (one.used && at % 3 === 0 ? [[name(at) as string, 'used'] as const] : [])),
      );
      const first = new Set(
        items
          .filter((one) => used.has(one.digest) || ownTags(one).length > 0 || one.pushedAt === 99 * day)
          .map((one) => one.digest),
      );
      const plan = planPrune(items, { ...rules, used });
      expect(new Set(plan.keep.map((one) => one.digest))).toEqual(slowly(items, first));
      expect(plan.keep.length + plan.remove.length).toBe(items.length);
    }),
    { numRuns: 400 },
  );
});
