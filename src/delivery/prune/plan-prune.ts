import type { Digest } from '../../model/digest.ts';
import { attachedTo, type Item, ownTags } from './inventory.ts';

export interface PruneRules {
  /** Digests that are used somewhere, and where: deployed, pinned in the rollback window, held. */
  readonly used: ReadonlyMap<string, string>;
  /** Tags that stand in a manifest. */
  readonly usedTags: ReadonlySet<string>;
  /** So many of the newest tagged images stay; undefined keeps every tag. */
  readonly keepNewest?: number;
  /** Whether a tag stays whatever its age. */
  readonly keepTag: (tag: string) => boolean;
  /** Nothing younger goes, in milliseconds: a build may be on its way. */
  readonly minimumAge: number;
  readonly now: number;
}

export interface Kept {
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly reason: string;
}

export interface PrunePlan {
  readonly keep: readonly Kept[];
  /** In an order in which whatever is left is whole after each step: indexes, their platforms, what hangs on them, lists of it. */
  readonly remove: readonly Kept[];
}

/**
 * What goes and what stays, each with its reason. Stays: what is used, tagged or young, with all that it consists of and
 * all that hangs on it, through any number of steps. Never judged by having no tag.
 */
export function planPrune(items: readonly Item[], rules: PruneRules): PrunePlan {
  const byDigest = new Map(items.map((item) => [item.digest, item]));
  const reasons = new Map<Digest, string>();
  const queue: Digest[] = [];
  const keep = (digest: Digest, reason: string): void => {
    if (!byDigest.has(digest) || reasons.has(digest)) return;
    reasons.set(digest, reason);
    queue.push(digest);
  };
  for (const [digest, reason] of roots(items, rules)) keep(digest, reason);
  const hanging = hangers(items);
  for (let digest = queue.pop(); digest !== undefined; digest = queue.pop()) {
    const item = byDigest.get(digest);
    for (const child of item?.children ?? []) keep(child, `part of ${short(digest)}`);
    for (const hanger of hanging.get(digest) ?? []) keep(hanger, `hangs on ${short(digest)}`);
    // What is tagged or used although it hangs on something: without that it would say nothing.
    if (item?.subject !== undefined) keep(item.subject, `${short(digest)} hangs on it`);
  }
  const say = (item: Item, reason: string): Kept => ({ digest: item.digest, tags: item.tags, reason });
  const gone = items.filter((item) => !reasons.has(item.digest));
  return {
    keep: items.flatMap((item) => {
      const reason = reasons.get(item.digest);
      return reason === undefined ? [] : [say(item, reason)];
    }),
    remove: inOrder(gone).map((item) => say(item, whyGone(item, rules))),
  };
}

/** Reasons of their own, in the order in which they are told. */
function roots(items: readonly Item[], rules: PruneRules): readonly (readonly [Digest, string])[] {
  const newest = newestTagged(items, rules);
  return items.flatMap((item): (readonly [Digest, string])[] => {
    const tags = ownTags(item);
    const used = rules.used.get(item.digest);
    if (used !== undefined) return [[item.digest, used]];
    const named = tags.find((tag) => rules.usedTags.has(tag));
    if (named !== undefined) return [[item.digest, `its tag ${named} stands in a manifest`]];
    const asked = tags.find(rules.keepTag);
    if (asked !== undefined) return [[item.digest, `its tag ${asked} is kept`]];
    if (tags.length > 0 && rules.keepNewest === undefined) return [[item.digest, `tagged ${tags[0]}`]];
    if (newest.has(item.digest)) return [[item.digest, `among the newest ${rules.keepNewest}, tagged ${tags[0]}`]];
    // An age that nobody knows may be none.
    if (item.pushedAt === undefined) return [[item.digest, 'of unknown age']];
    return rules.now - item.pushedAt < rules.minimumAge ? [[item.digest, 'too young']] : [];
  });
}

function newestTagged(items: readonly Item[], { keepNewest = 0 }: PruneRules): ReadonlySet<Digest> {
  const tagged = items.filter((item) => ownTags(item).length > 0);
  const newestFirst = tagged.toSorted((a, b) => (b.pushedAt ?? Number.MAX_VALUE) - (a.pushedAt ?? Number.MAX_VALUE));
  return new Set(newestFirst.slice(0, keepNewest).map((item) => item.digest));
}

/** By what they hang on: a subject of their own, or a tag that names it. The list behind such a tag hangs there too. */
function hangers(items: readonly Item[]): ReadonlyMap<Digest, readonly Digest[]> {
  const found = new Map<Digest, Digest[]>();
  const add = (subject: Digest, hanger: Digest): void => {
    const list = found.get(subject);
    if (list === undefined) found.set(subject, [hanger]);
    else list.push(hanger);
  };
  for (const item of items) {
    if (item.subject !== undefined) add(item.subject, item.digest);
    for (const subject of attachedTo(item)) add(subject, item.digest);
  }
  return found;
}

/**
 * Whatever holds another goes before it: an index before its platforms, an image before what hangs on it, through any number
 * of steps; a list of what hangs somewhere goes after all of that. No real digests form a ring; of one any may be first.
 */
function inOrder(gone: readonly Item[]): readonly Item[] {
  const byDigest = new Map(gone.map((item) => [item.digest, item]));
  const before = new Map<Digest, Item[]>(gone.map((item) => [item.digest, []]));
  for (const item of gone) {
    const subjects = attachedTo(item);
    for (const one of [...subjects, ...(item.subject === undefined ? [] : [item.subject])]) {
      const subject = byDigest.get(one);
      if (subject !== undefined) before.get(item.digest)?.push(subject);
    }
    for (const one of item.children) {
      const child = byDigest.get(one);
      if (child === undefined) continue;
      if (subjects.length > 0) before.get(item.digest)?.push(child);
      else before.get(one)?.push(item);
    }
  }
  const ordered = new Set<Item>();
  const seen = new Set<Item>();
  for (const first of gone) {
    // What is still waited for comes back to once that is done; a stack of our own, since chains may be long.
    const stack = [first];
    for (let item = stack.at(-1); item !== undefined; item = stack.at(-1)) {
      const waits = seen.has(item) ? [] : (before.get(item.digest) ?? []).filter((one) => !seen.has(one));
      seen.add(item);
      if (waits.length > 0) stack.push(...waits);
      else ordered.add(stack.pop() ?? item);
    }
  }
  return [...ordered];
}

function whyGone(item: Item, { now }: PruneRules): string {
  const days = item.pushedAt === undefined ? '' : `, ${Math.floor((now - item.pushedAt) / 86_400_000)} days old`;
  const [tag] = ownTags(item);
  return `${tag === undefined ? 'no tag' : `an old tag (${tag})`}, used nowhere${days}`;
}

function short(digest: Digest): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}
