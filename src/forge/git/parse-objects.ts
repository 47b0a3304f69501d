/** git's own formats of trees and commits (gitformat-pack, git-commit-tree). */

export interface RawTreeEntry {
  readonly mode: string;
  readonly path: string;
  readonly sha: string;
}

/** The bytes of a tree object. Modes have six digits, as `git ls-tree` prints them. */
export function parseTree(bytes: Buffer): readonly RawTreeEntry[] {
  const entries: RawTreeEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    entries.push({
      mode: bytes.toString('latin1', at, space).padStart(6, '0'),
      path: bytes.toString('utf8', space + 1, end),
      sha: bytes.toString('hex', end + 1, end + 21),
    });
    at = end + 21;
  }
  return entries;
}

export interface RawPerson {
  readonly name: string;
  readonly email: string;
  /** Seconds since the epoch. */
  readonly seconds: number;
  /** `+0100` */
  readonly zone: string;
}

export interface RawCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: RawPerson;
  readonly committer: RawPerson;
  readonly message: string;
}

/** The bytes of a commit object. */
export function parseCommit(bytes: Buffer): RawCommit {
  const split = bytes.indexOf('\n\n');
  const head = (split === -1 ? bytes : bytes.subarray(0, split)).toString();
  const fields = new Map<string, string[]>();
  for (const line of head.split('\n')) {
    // Lines that begin with a space go on with a signature.
    const space = line.indexOf(' ');
    if (space < 1) continue;
    const name = line.slice(0, space);
    fields.set(name, [...(fields.get(name) ?? []), line.slice(space + 1)]);
  }
  const body = split === -1 ? Buffer.alloc(0) : bytes.subarray(split + 2);
  return {
    tree: fields.get('tree')?.[0] ?? '',
    parents: fields.get('parent') ?? [],
    author: parsePerson(fields.get('author')?.[0] ?? ''),
    committer: parsePerson(fields.get('committer')?.[0] ?? ''),
    message: decode(body, fields.get('encoding')?.[0]),
  };
}

function parsePerson(text: string): RawPerson {
  const match = /^(.*?) ?<([^>]*)>(?: (-?\d+)(?: ([+-]\d{4}))?)?/s.exec(text);
  return {
    name: match?.[1] ?? '',
    email: match?.[2] ?? '',
    seconds: Number(match?.[3] ?? 0),
    zone: match?.[4] ?? '+0000',
  };
}

function decode(bytes: Buffer, encoding: string | undefined): string {
  if (encoding === undefined || /^utf-?8$/i.test(encoding)) return bytes.toString();
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return bytes.toString();
  }
}

/** ISO 8601 in the person's own zone, as `git log --format=%aI` has it. */
export function personDate({ seconds, zone }: RawPerson): string {
  const minutes = (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5)));
  const local = new Date((seconds + minutes * 60) * 1000);
  if (Number.isNaN(local.getTime())) return '1970-01-01T00:00:00+00:00';
  return `${local.toISOString().slice(0, 19)}${zone.slice(0, 3)}:${zone.slice(3)}`;
}
