import { runGit } from '../../git/git.ts';
import { zeroSha } from './refs.ts';
import { repositoryGit } from './repository-folder.ts';

interface Move {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

export type MoveResult = { readonly moved: true } | { readonly moved: false; readonly message: string };

export function isFailedMove(result: MoveResult): result is { moved: false; message: string } {
  return !result.moved;
}

/** Runs `git update-ref`, compare-and-swap; nothing but moveRefs calls it. `together`: all or none. */
export async function applyMoves(
  folder: string,
  moves: readonly Move[],
  together: boolean,
): Promise<readonly MoveResult[]> {
  const first = await updateRefs(folder, moves);
  if (first.moved || together || moves.length === 1) return moves.map(() => first);
  const results: MoveResult[] = [];
  for (const move of moves) results.push(await updateRefs(folder, [move]));
  return results;
}

async function updateRefs(folder: string, moves: readonly Move[]): Promise<MoveResult> {
  const lines = moves.map(({ ref, before, after }) =>
    after === zeroSha ? `delete ${ref}\0${before}\0` : `update ${ref}\0${after}\0${before}\0`,
  );
  const input = lines.join('');
  const options = repositoryGit(folder, { input, accept: [1, 128, 255] });
  const { code, stderr } = await runGit(['update-ref', '--stdin', '-z'], options);
  if (code === 0) return { moved: true };
  return { moved: false, message: /cannot lock ref[^\n]*/.exec(stderr)?.[0] ?? 'failed to update ref' };
}
