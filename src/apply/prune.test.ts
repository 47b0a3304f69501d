import { expect, test } from 'vitest';
import type { Item } from '../delivery/prune/inventory.ts';
import { planPrune } from '../delivery/prune/plan-prune.ts';
import type { Digest } from '../model/digest.ts';
import type { Removal } from '../registry/registry-client.ts';
import { applyPrune } from './prune.ts';

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}` as Digest;
const [index, platform, signature, other] = [digest('a'), digest('b'), digest('c'), digest('d')];
const items: readonly Item[] = [
  { digest: index, tags: [], children: [platform], pushedAt: 0 },
  { digest: platform, tags: [], children: [], pushedAt: 0 },
  { digest: signature, tags: [], children: [], subject: index, pushedAt: 0 },
  { digest: other, tags: [], children: [], pushedAt: 0 },
];
const planWith = (kept: ReadonlyMap<Digest, string>) =>
  planPrune(items, { used: kept, usedTags: new Set(), keepTag: () => false, minimumAge: 1, now: 10 });

async function apply(answer: (digest: Digest) => Removal, signal = new AbortController().signal) {
  const [asked, gone]: [Digest[], Digest[]] = [[], []];
  const take = async (one: Digest): Promise<Removal> => {
    asked.push(one);
    return answer(one);
  };
  const plan = await applyPrune(planWith, take, signal, (one) => void gone.push(one));
  return { plan, asked, gone };
}

test('what the registry keeps stays with its platforms and signatures, and everything else goes', async () => {
  const { plan, asked, gone } = await apply((one) => (one === index ? { refused: 'downloaded too often' } : 'gone'));
  expect(asked).toEqual([index, other]);
  expect(gone).toEqual([other]);
  expect(Object.fromEntries(plan.keep.map((one) => [one.digest, one.reason]))).toEqual({
    [index]: 'downloaded too often',
    [platform]: 'part of aaaaaaaaaaaa',
    [signature]: 'hangs on aaaaaaaaaaaa',
  });
});

test('what is gone already counts as gone, and nothing that is gone is said to stay', async () => {
  const { plan, gone } = await apply((one) => (one === signature ? { refused: 'no' } : 'absent'));
  expect(gone).toEqual([index, platform, other]);
  expect(plan.keep.map((one) => one.digest)).toEqual([signature]);
});
