import type { Forge } from '../forge.ts';
import { ApiError, type Identity } from '../http.ts';
import type { Repository } from '../rows.ts';
import { isAncestor } from '../rules/history.ts';
import { words } from '../words.ts';
import { moveRefs, type RefOutcome } from './move-refs.ts';
import { objectType } from './objects.ts';
import { isRefName, readRef, zeroSha } from './refs.ts';
import { repositoryFolder } from './repository-folder.ts';

interface Place {
  readonly repository: Repository;
  readonly identity: Identity;
  /** Whole: `refs/heads/x`. */
  readonly ref: string;
}

/** Makes a branch or tag. @throws ApiError 422 as GitHub's `POST git/refs` */
export async function createRef(forge: Forge, place: Place, sha: string): Promise<void> {
  const folder = repositoryFolder(forge, place.repository.id);
  if (!isWritable(place.ref)) throw new ApiError(422, words.refNameInvalid());
  if (readRef(folder, place.ref) !== undefined) throw new ApiError(422, words.refExists());
  await checkObject(folder, place.ref, sha);
  const outcome = await move(forge, place, zeroSha, sha);
  throwRefusal(outcome, outcome.outcome === 'conflict' ? words.refExists() : words.refNotCreated());
}

/** Moves a branch or tag. @throws ApiError 422 as GitHub's `PATCH git/refs` */
export async function updateRef(forge: Forge, place: Place, sha: string, force: boolean): Promise<void> {
  const folder = repositoryFolder(forge, place.repository.id);
  const before = readRef(folder, place.ref);
  if (before === undefined || !isWritable(place.ref)) throw new ApiError(422, words.refMissing());
  await checkObject(folder, place.ref, sha);
  if (!force && !(await isAncestor({ folder }, before, sha))) throw new ApiError(422, words.notFastForward());
  throwRefusal(await move(forge, place, before, sha), words.refNotUpdated());
}

/** Takes a branch or tag away. @throws ApiError 422 as GitHub's `DELETE git/refs` */
export async function deleteRef(forge: Forge, place: Place): Promise<void> {
  const before = readRef(repositoryFolder(forge, place.repository.id), place.ref);
  if (before === undefined || !isWritable(place.ref)) throw new ApiError(422, words.refMissing());
  throwRefusal(await move(forge, place, before, zeroSha), words.refNotDeleted());
}

/** GitHub's answer where a ref did not move; nothing where it did. */
export function throwRefusal(outcome: RefOutcome, otherwise: string, status: 409 | 422 = 422): void {
  if (outcome.outcome === 'moved') return;
  if (outcome.violations !== undefined) throw new ApiError(status, words.violations(outcome.violations));
  const reason = outcome.message?.startsWith('refusing') === true ? outcome.message : otherwise;
  throw new ApiError(outcome.message?.startsWith('refusing to allow') === true ? 403 : status, reason);
}

async function move(forge: Forge, place: Place, before: string, after: string): Promise<RefOutcome> {
  const { repository, identity, ref } = place;
  const [outcome] = await moveRefs(forge, { repository, identity, updates: [{ ref, before, after }], via: 'api' });
  return outcome ?? { ref, before, after, outcome: 'conflict' };
}

async function checkObject(folder: string, ref: string, sha: string): Promise<void> {
  const type = await objectType(folder, sha);
  if (type === undefined) throw new ApiError(422, words.objectMissing());
  if (ref.startsWith('refs/heads/') && type !== 'commit') throw new ApiError(422, words.objectNoCommit());
}

/** Refs of pull requests and of the forge itself are nobody's to write. */
function isWritable(ref: string): boolean {
  return isRefName(ref) && !/^refs\/(pull|internal)\//.test(ref);
}
