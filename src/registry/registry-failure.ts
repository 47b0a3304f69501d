import { TrunklineError } from '../errors.ts';

/** What a registry says when it refuses, in one line. */
export async function registryFailure(response: Response, what: string): Promise<TrunklineError> {
  const text = await response.text().catch(() => '');
  let reason = text.trim().slice(0, 300);
  try {
    const errors = (JSON.parse(text) as { errors?: { code?: string; message?: string }[] }).errors ?? [];
    reason = errors.map((error) => `${(error.code ?? '').toLowerCase()}: ${error.message ?? ''}`).join('; ') || reason;
  } catch {
    // Not every registry, or proxy in front of one, answers in JSON.
  }
  const status = `${response.status}${reason === '' ? '' : ` ${reason}`}`;
  // ECR and Artifact Registry make no repositories by themselves, as others do at the first push.
  const unknown = /\bname_unknown\b/.test(reason) && what.startsWith('an upload');
  return new TrunklineError('REGISTRY_FAILED', `the registry refused ${what}: ${status}`, {
    ...(unknown ? { hint: 'create the repository in the registry first' } : {}),
  });
}
