import type { Git } from './checkout-git.ts';
import type { CheckoutSettings } from './checkout-settings.ts';

export interface CheckoutTarget {
  /** Arguments of `git checkout`. */
  readonly checkout: readonly string[];
  /** What the action answers as `ref`; empty for a commit. */
  readonly ref: string;
}

/** Fetches what the ref or commit needs and says what to check out, as checkout's ref-helper does. */
export async function fetchTarget(git: Git, settings: CheckoutSettings): Promise<CheckoutTarget> {
  const { commit } = settings;
  const ref = settings.ref === '' && commit === '' ? await defaultBranch(git, settings) : settings.ref;
  return { ref, checkout: await fetchRef(git, settings, ref) };
}

async function fetchRef(git: Git, settings: CheckoutSettings, ref: string): Promise<readonly string[]> {
  const { commit, depth } = settings;
  const options = [
    ...(settings.tags === 'followed' && depth > 0 ? [] : ['--no-tags']),
    '--prune',
    '--no-recurse-submodules',
    ...(settings.filter !== ''
      ? [`--filter=${settings.filter}`]
      : settings.sparse.length > 0
        ? ['--filter=blob:none']
        : []),
    ...(depth > 0 ? [`--depth=${depth}`] : []),
  ];
  const everything = depth === 0 ? ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'] : [];
  const tags = settings.tags === 'all' && depth > 0 ? ['+refs/tags/*:refs/tags/*'] : [];
  const fetch = (specs: readonly string[], accept = false): Promise<{ code: number }> =>
    git([...network(settings), 'fetch', ...options, 'origin', ...everything, ...tags, ...specs], { accept });

  if (ref.startsWith('refs/heads/')) {
    const branch = ref.slice('refs/heads/'.length);
    const exactly = [`+${commit === '' ? ref : commit}:refs/remotes/origin/${branch}`];
    await fetch(everything.length > 0 ? [] : exactly);
    if (commit !== '' && everything.length > 0) {
      // The branch may have moved on since the event.
      const { output } = await git(['rev-parse', `refs/remotes/origin/${branch}`], { accept: true });
      if (output.trim() !== commit) await git([...network(settings), 'fetch', ...options, 'origin', ...exactly]);
    }
    return ['-B', branch, `refs/remotes/origin/${branch}`];
  }
  if (ref.startsWith('refs/pull/')) {
    const remote = `refs/remotes/pull/${ref.slice('refs/pull/'.length)}`;
    await fetch([`+${commit === '' ? ref : commit}:${remote}`]);
    return [remote];
  }
  if (ref.startsWith('refs/tags/')) {
    await fetch(everything.length > 0 ? [] : [`+${commit === '' ? ref : commit}:${ref}`]);
    return [ref];
  }
  if (ref.startsWith('refs/')) {
    await fetch([`+${commit === '' ? ref : commit}`]);
    return ['FETCH_HEAD'];
  }
  if (ref === '') {
    await fetch([commit]);
    return ['--detach', commit];
  }
  return fetchShortRef(fetch, git, settings);
}

/** A name that may be a branch or a tag: the branch wins. */
async function fetchShortRef(
  fetch: (specs: readonly string[]) => Promise<unknown>,
  git: Git,
  settings: CheckoutSettings,
): Promise<readonly string[]> {
  const { ref } = settings;
  const { output } = await git([...network(settings), 'ls-remote', 'origin', `refs/heads/${ref}`, `refs/tags/${ref}`]);
  if (output.includes(`refs/heads/${ref}`)) {
    await fetch([`+refs/heads/${ref}:refs/remotes/origin/${ref}`]);
    return ['-B', ref, `refs/remotes/origin/${ref}`];
  }
  if (output.includes(`refs/tags/${ref}`)) {
    await fetch([`+refs/tags/${ref}:refs/tags/${ref}`]);
    return [`refs/tags/${ref}`];
  }
  throw new Error(`A branch or tag with the name '${ref}' could not be found`);
}

async function defaultBranch(git: Git, settings: CheckoutSettings): Promise<string> {
  const { output } = await git([...network(settings), 'ls-remote', '--symref', 'origin', 'HEAD']);
  const match = /^ref:\s+(\S+)\s+HEAD/m.exec(output);
  if (match?.[1] === undefined) throw new Error('The default branch of the repository could not be determined');
  return match[1];
}

/**
 * The forge is on this machine: its plain HTTP saves git the set-up of TLS. Maintenance would be a process more. A folder
 * that goes with its job needs neither a file for each object nor to outlive a power cut: both take as long as the fetch.
 */
function network({ direct, server }: CheckoutSettings): readonly string[] {
  const settings = ['maintenance.auto=false', 'fetch.unpackLimit=1', 'core.fsync=none'];
  if (direct !== undefined) settings.push(`url.${direct}/.insteadOf=${server}/`);
  return ['-c', 'protocol.version=2', ...settings.flatMap((setting) => ['-c', setting])];
}
