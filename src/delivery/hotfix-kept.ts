import type { Hotfix } from '../model/hotfix.ts';
import type { Step } from './state.ts';

/**
 * Whether what comes after a hotfix has its fix: it descends from it, or a commit on the way says that it brings the
 * hotfix's commit or branch along (`git cherry-pick -x`, or a line `Forward-Port: hotfixes/<name>`).
 */
export function keepsHotfix(step: Step | undefined, hotfix: Pick<Hotfix, 'commit' | 'branch'>): boolean {
  if (step === undefined) return false;
  if (step.ancestry === 'newer' || step.ancestry === 'same') return true;
  const { commit, branch } = hotfix;
  const wanted = [commit, branch?.replace(/^refs\/heads\//, '')].filter((one) => one !== undefined);
  return step.commits?.some((one) => one.ports?.some((port) => wanted.includes(port))) === true;
}

/** What a commit's message says that it brings along. */
export function portsOf(message: string): readonly string[] {
  return [...message.matchAll(/\(cherry picked from commit ([0-9a-f]{40})\)|^Forward-Port: *(\S+) *$/gim)].map(
    ([, commit, branch]) => commit ?? branch ?? '',
  );
}
