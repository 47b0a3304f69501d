import type { Forge } from '../forge.ts';
import { roleAtLeast, roleOf, teamMembers } from '../permissions.ts';
import type { Repository, Review, Team } from '../rows.ts';

export interface OwnersLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly pattern: string;
  /** As written, without `@`: `alice`, `acme/team`, `alice@example.com`. */
  readonly owners: readonly string[];
}

export interface OwnersFault {
  readonly line: number;
  readonly column: number;
  readonly kind: 'Invalid pattern' | 'Invalid owner' | 'Unknown owner';
  readonly source: string;
  readonly suggestion: string | null;
  /** What is said after "on line N". */
  readonly reason: string;
}

/** GitHub passes over a file that is larger. */
export const largestOwnersFile = 3 * 1024 * 1024;

/** The lines that count: one with a pattern or an owner that GitHub does not take is passed over whole. */
export function parseCodeOwners(text: string): readonly OwnersLine[] {
  return readLines(text).filter((line) => patternFault(line) === undefined && ownerFaults(line).length === 0);
}

function readLines(text: string): readonly OwnersLine[] {
  if (text.length > largestOwnersFile) return [];
  return text.split(/\r?\n/).flatMap((whole, index) => {
    const clean = whole.replace(/(^|\s)#.*$/, '').trim();
    if (clean === '') return [];
    const [pattern = '', ...owners] = clean.split(/(?<!\\)\s+/);
    return [{ line: index + 1, text: whole, pattern, owners: owners.map((owner) => owner.replace(/^@/, '')) }];
  });
}

/** What is wrong with the file's form, and owners that are unknown or may not write. */
export function codeOwnersFaults(forge: Forge, repository: Repository, text: string): readonly OwnersFault[] {
  return readLines(text).flatMap((line) => {
    const pattern = patternFault(line);
    if (pattern !== undefined) return [pattern];
    const invalid = ownerFaults(line);
    if (invalid.length > 0) return invalid;
    return line.owners
      .filter((owner) => ownerIds(forge, repository, owner).length === 0)
      .map((owner) => fault(line, 'Unknown owner', owner.includes('@') ? owner : `@${owner}`, unknown(owner)));
  });
}

/** Owners of a path: those of the last line that matches; none where it names nobody. */
export function ownersOf(lines: readonly OwnersLine[], path: string): readonly string[] {
  return lines.findLast((line) => matchesPath(line.pattern, path))?.owners ?? [];
}

/** gitignore's patterns, without negation and character ranges, as CODEOWNERS has them. */
export function matchesPath(pattern: string, path: string): boolean {
  const anchored = pattern.replace(/\/$/, '').includes('/');
  const body = pattern.replace(/^\//, '').replace(/\/$/, '').replaceAll('\\ ', ' ');
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

/** A team that an owner names (`acme/team`), in the repository's organisation. */
export function owningTeam(forge: Forge, repository: Repository, owner: string): Team | undefined {
  const [organization = '', slug] = owner.split('/');
  const account = forge.store.accounts.by('login', organization)[0];
  if (slug === undefined || account?.id !== repository.ownerId) return undefined;
  return forge.store.teams.by('organization', repository.ownerId).find((one) => one.slug === slug.toLowerCase());
}

/** The people an owner stands for, who may write; none for an owner who is unknown. */
export function ownerIds(forge: Forge, repository: Repository, owner: string): readonly number[] {
  const writes = (id: number): boolean => roleAtLeast(roleOf(forge, repository, id), 'write');
  if (owner.includes('@'))
    return [...forge.store.accounts.values()]
      .filter((one) => one.email === owner && writes(one.id))
      .map((one) => one.id);
  if (!owner.includes('/'))
    return forge.store.accounts
      .by('login', owner)
      .map((one) => one.id)
      .filter(writes);
  const team = owningTeam(forge, repository, owner);
  return team === undefined ? [] : teamMembers(forge, team).filter(writes);
}

/** docs.github.com, "About code owners": no negation, no ranges, no escaped `#`. */
function patternFault(line: OwnersLine): OwnersFault | undefined {
  const { pattern } = line;
  if (!/^!|^\\#|\[.*\]|\*{3,}/.test(pattern)) return undefined;
  const suggestion = /\*{3,}/.test(pattern) ? `Did you mean \`${pattern.replaceAll(/\*{3,}/g, '**')}\`?` : null;
  return { ...fault(line, 'Invalid pattern', pattern, suggestion ?? ''), suggestion };
}

function ownerFaults(line: OwnersLine): readonly OwnersFault[] {
  const written = line.text
    .trim()
    .replace(/(^|\s)#.*$/, '')
    .split(/(?<!\\)\s+/)
    .slice(1);
  return written
    .filter((owner) => !/^@[A-Za-z0-9-]+(\/[A-Za-z0-9._-]+)?$/.test(owner) && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(owner))
    .map((owner) => fault(line, 'Invalid owner', owner, ''));
}

function fault(line: OwnersLine, kind: OwnersFault['kind'], at: string, reason: string): OwnersFault {
  const column = line.text.indexOf(at) + 1;
  return { line: line.line, column, kind, source: line.text, suggestion: null, reason };
}

function unknown(owner: string): string {
  if (owner.includes('@')) return `make sure ${owner} exists and has write access to the repository`;
  return owner.includes('/')
    ? `make sure the team @${owner} exists, is publicly visible, and has write access to the repository`
    : `make sure @${owner} exists and has write access to the repository`;
}
