import type { Forge } from '../forge.ts';

/** Takes back the marks of merges that a killed forge had begun and whose base never moved. On opening, once refs are settled. */
export function forgetMerges(forge: Forge): void {
  const { store } = forge;
  const begun = [...store.pulls.values()].filter((one) => one.merging !== undefined);
  if (begun.length === 0) return;
  store.transaction(() => {
    for (const { merging: _merging, ...rest } of begun) store.pulls.put(rest);
  });
}
