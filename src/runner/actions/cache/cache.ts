import { type ActionCall, type ActionResult, type BuiltInAction, booleanInput, input } from '../action.ts';
import { restoreCache, saveCache } from './cache-archive.ts';

/** actions/cache and its halves, of v4 and later. */
export const cacheActions: readonly BuiltInAction[] = [
  { name: 'actions/cache', fidelity: 'built-in', run: restoreAndSave },
  { name: 'actions/cache/restore', fidelity: 'built-in', run: async (call) => (await restore(call)).result },
  { name: 'actions/cache/save', fidelity: 'built-in', run: save },
];

async function restoreAndSave(call: ActionCall): Promise<ActionResult> {
  const { result, matched } = await restore(call);
  const key = input(call, 'key');
  const always = booleanInput(call, 'save-always', false);
  return {
    ...result,
    post: async (later) => {
      if (matched === key) {
        later.log(`Cache hit occurred on the primary key ${key}, not saving cache.`);
        return;
      }
      await saveQuietly(later, lines(input(later, 'path')), key);
    },
    // The action saves only what a job that went well has made.
    ...(always ? {} : { postWhen: 'success' as const }),
  };
}

async function restore(call: ActionCall): Promise<{ result: ActionResult; matched: string | undefined }> {
  const key = input(call, 'key');
  const paths = lines(input(call, 'path'));
  if (key === '') throw new Error('Input required and not supplied: key');
  if (paths.length === 0) throw new Error('Input required and not supplied: path');
  const restoreKeys = lines(input(call, 'restore-keys'));
  const lookupOnly = booleanInput(call, 'lookup-only', false);
  const matched = await restoreCache(call, { paths, key, restoreKeys, lookupOnly });
  call.setOutput('cache-primary-key', key);
  if (matched === undefined) {
    if (booleanInput(call, 'fail-on-cache-miss', false))
      throw new Error(`Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: ${key}`);
    call.log(`Cache not found for input keys: ${[key, ...restoreKeys].join(', ')}`);
    return { result: { conclusion: 'success' }, matched };
  }
  call.setOutput('cache-matched-key', matched);
  call.setOutput('cache-hit', String(matched === key));
  call.log(lookupOnly ? `Cache found and can be restored from key: ${matched}` : `Cache restored from key: ${matched}`);
  return { result: { conclusion: 'success' }, matched };
}

async function save(call: ActionCall): Promise<ActionResult> {
  const key = input(call, 'key');
  if (key === '') throw new Error('Input required and not supplied: key');
  await saveQuietly(call, lines(input(call, 'path')), key);
  return { conclusion: 'success' };
}

/** A cache that cannot be saved is a warning, as in the action: the job went as it went. */
async function saveQuietly(call: ActionCall, paths: readonly string[], key: string): Promise<void> {
  try {
    await saveCache(call, paths, key);
  } catch (error) {
    call.log(`::warning::${error instanceof Error ? error.message.replaceAll('\n', '%0A') : String(error)}`);
  }
}

export function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
