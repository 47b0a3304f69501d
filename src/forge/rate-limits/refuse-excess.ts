import { ApiError, type Identity } from '../http.ts';
import { words } from '../words.ts';
import type { Excess } from './rate-limiter.ts';

/** GitHub's answer to a request that is one too many; REST says 403 for both kinds. */
export function refuseExcess(identity: Identity, excess: Excess): ApiError {
  if (excess.kind === 'secondary')
    return new ApiError(403, words.secondaryLimit(), { headers: { 'Retry-After': String(excess.retryAfter) } });
  return new ApiError(403, primaryMessage(identity));
}

export function primaryMessage(identity: Identity): string {
  if (identity.kind === 'anonymous') return words.anonymousLimit('127.0.0.1');
  if (identity.installation !== undefined) return words.primaryLimit(`installation ID ${identity.installation.id}`);
  return words.primaryLimit(`user ID ${identity.account?.id ?? identity.appId ?? 0}`);
}
