import type { Forge } from '../forge.ts';
import type { Repository, Review } from '../rows.ts';

export interface OwnersLine {
  readonly pattern: string;
  /** As written, without `@`: `alice`, `acme/team`. */
  readonly owners: readonly string[];
}

export function parseCodeOwners(text: string): readonly OwnersLine[] {
  return text
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [pattern = '', ...owners] = line.split(/\s+/);
      return { pattern, owners: owners.map((owner) => owner.replace(/^@/, '')) };
    });
}

/** Owners of a path: those of the last line that matches; none where it names nobody. */
export function ownersOf(lines: readonly OwnersLine[], path: string): readonly string[] {
  return lines.findLast((line) => matchesPath(line.pattern, path))?.owners ?? [];
}

/** gitignore's patterns, without negation and character ranges, as CODEOWNERS has them. */
export function matchesPath(pattern: string, path: string): boolean {
  const anchored = pattern.replace(/\/$/, '').includes('/');
  const body = pattern.replace(/^\//, '').replace(/\/$/, '');
  let source = '';
  for (let at = 0; at < body.length; at += 1) {
    if (body.startsWith('**/', at)) {
      source += '(?:.*/)?';
      at += 2;
    } else if (body.startsWith('**', at)) {
      source += '.*';
      at += 1;
    } else if (body[at] === '*') source += '[^/]*';
    else if (body[at] === '?') source += '[^/]';
    else source += (body[at] ?? '').replace(/[\\^$.+{}()|[\]]/, '\\$&');
  }
  // `docs/*` means the files of docs, `docs` and `docs/` everything below.
  const below = pattern.endsWith('/') ? '/.*' : body.endsWith('*') && anchored ? '' : '(?:/.*)?';
  return new RegExp(`^${anchored ? '' : '(?:.*/)?'}${source}${below}$`, 's').test(path);
}

/** Owners whose review some changed file still waits for. */
export function missingOwners(
  forge: Forge,
  repository: Repository,
  lines: readonly OwnersLine[],
  paths: readonly string[],
  approvals: readonly Review[],
): readonly string[] {
  const missing = new Set<string>();
  for (const path of paths) {
    const owners = ownersOf(lines, path);
    const approved = owners.some((owner) =>
      approvals.some((review) => ownerIds(forge, repository, owner).includes(review.authorId)),
    );
    if (owners.length > 0 && !approved) for (const owner of owners) missing.add(owner);
  }
  return [...missing].sort();
}

function ownerIds(forge: Forge, repository: Repository, owner: string): readonly number[] {
  const [, slug] = owner.split('/');
  if (slug === undefined) return forge.store.accounts.by('login', owner).map((account) => account.id);
  const teams = forge.store.teams.by('organization', repository.ownerId);
  return teams.find((team) => team.slug === slug)?.memberIds ?? [];
}
