import type { Hotfix } from '../model/hotfix.ts';
import type { HotfixLimits } from '../model/hotfix-limits.ts';

const day = 86_400_000;

/** How often hotfixes were shipped lately, one more counted in; `exceeded` says in words what is too often. */
export function quotaOf(
  limits: Pick<HotfixLimits, 'quota'>,
  shipped: readonly Hotfix[],
  added: Pick<Hotfix, 'author'>,
  now: number,
): { readonly exceeded: readonly string[] } {
  const lately = (days: number): readonly Hotfix[] => shipped.filter((one) => Date.parse(one.since) > now - days * day);
  const week = lately(7).length + 1;
  const author = lately(90).filter((one) => one.author === added.author).length + 1;
  return {
    exceeded: [
      ...(week > limits.quota.week ? [`${week} hotfixes in seven days, ${limits.quota.week} are usual`] : []),
      ...(author > limits.quota.author
        ? [`${author} of ${added.author} in ninety days, ${limits.quota.author} are usual`]
        : []),
    ],
  };
}
