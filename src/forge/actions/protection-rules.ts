import type { Forge } from '../forge.ts';
import { ApiError, type Identity } from '../http.ts';
import type { RunRow } from '../rows.ts';
import { words } from '../words.ts';
import { waitingEntries } from './review-deployments.ts';

/** An App says whether jobs of a run may enter an environment that its protection rule guards. @throws ApiError 403, 422 */
export function answerGate(
  forge: Forge,
  identity: Identity,
  run: RunRow,
  answer: {
    readonly environment: string;
    /** Only a comment, where it is left out. */
    readonly state: 'approved' | 'rejected' | undefined;
    readonly comment: string;
  },
): void {
  const { appId } = identity;
  if (identity.kind !== 'installation' || appId === undefined) throw new ApiError(403, words.byPersonalToken());
  const asked = waitingEntries(forge, run)
    .filter(({ environment }) => environment.name.toLowerCase() === answer.environment.toLowerCase())
    .map(({ entry }) => entry)
    .filter((entry) => entry.gates?.some((gate) => gate.appId === appId && gate.state === 'pending') === true);
  if (asked.length === 0) throw new ApiError(422, 'Validation Failed', { errors: [words.noSuchGate()] });
  forge.store.transaction(() => {
    for (const entry of asked) {
      const gates = (entry.gates ?? []).map((gate) =>
        gate.appId === appId ? { ...gate, state: answer.state ?? gate.state, comment: answer.comment } : gate,
      );
      forge.store.pendingDeployments.put({ ...entry, gates });
    }
  });
}
