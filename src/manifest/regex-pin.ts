import { type Matcher, RE2JS } from 're2js';
import { TrunklineError } from '../errors.ts';
import { isDigest } from '../model/digest.ts';
import { locationAt } from '../yaml/location-at.ts';
import { applyEdits, type Edit } from '../yaml/set-scalar.ts';
import { composePin, labelOf, type Pin, type PinnedRelease, parsePin, renderPin } from './pin.ts';
import type { ManifestPlace } from './place.ts';

type RegexPlace = Extract<ManifestPlace, { kind: 'regex' }>;

interface Group {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

interface Match {
  /** Where it begins for patterns, and in the text itself. */
  readonly start: number;
  readonly at: number;
  readonly groups: ReadonlyMap<string, Group>;
}

/** What the pattern's groups hold; it has to match once. Undefined where they are empty. @throws MANIFEST_INVALID */
export function readRegexPin(place: RegexPlace, text: string): Pin | undefined {
  return pinOf(place, text, find(place, text).groups);
}

/** The text with the groups written anew. Errors as `readRegexPin`; also where the pattern does not match what was written. */
export function setRegexPin(place: RegexPlace, text: string, release: PinnedRelease): string {
  const { groups, start } = find(place, text);
  const before = pinOf(place, text, groups);
  if (before?.digest === release.digest) return text;
  const edits: Edit[] = [];
  const put = (name: string, value: string | undefined): void => {
    const group = groups.get(name);
    if (group !== undefined && value !== undefined) edits.push({ start: group.start, end: group.end, text: value });
  };
  put('pin', renderPin(before, release));
  put('digest', release.digest);
  put('tag', before?.tag === undefined ? undefined : labelOf(release));
  put('image', groups.get('image')?.text === '' ? release.image : undefined);
  const written = applyEdits(text, edits);
  const [there] = matches(place, written, { from: start, most: 1 });
  if (there !== undefined && pinOf(place, written, there.groups)?.digest === release.digest) return written;
  throw new TrunklineError('MANIFEST_INVALID', `expected the pattern to find ${release.digest} once it is written`, {
    location: locationAt(place.file, text, edits[0]?.start ?? 0),
    hint: 'let its group match a digest: (?<digest>sha256:[0-9a-f]{64})',
  });
}

function find(place: RegexPlace, text: string): Match {
  const { file, pattern } = place;
  const [first, second] = matches(place, text, { from: 0, most: 2 });
  if (first === undefined) {
    throw new TrunklineError('MANIFEST_INVALID', `expected a match of /${pattern}/, found none`, {
      location: { file },
      hint: 'add the line, with an empty pin that the pattern lets through, or correct `manifests` in trunkline.yaml',
    });
  }
  if (second === undefined) return first;
  throw new TrunklineError('MANIFEST_INVALID', `expected one match of /${pattern}/, found a second one`, {
    location: locationAt(file, text, second.at),
    hint: 'say more in the pattern, so that it matches in one place only',
  });
}

/** Matches from an offset on. Takes time linear in the text, whatever the pattern. */
function matches(
  { pattern }: RegexPlace,
  text: string,
  { from, most }: { readonly from: number; readonly most: number },
): readonly Match[] {
  const compiled = RE2JS.compile(pattern, RE2JS.MULTILINE);
  const names = Object.keys(compiled.namedGroups());
  const { plain, back } = plainly(text);
  const matcher = compiled.matcher(plain);
  const found: Match[] = [];
  for (let more = matcher.find(from); more; more = found.length < most && matcher.find())
    found.push({ start: matcher.start(), at: back(matcher.start()), groups: groupsOf(matcher, names, back) });
  return found;
}

/** A text as patterns see it, for `^` and `$` know no BOM and no CRLF; and the way back to its own offsets. */
function plainly(text: string): { readonly plain: string; readonly back: (offset: number) => number } {
  const dropped: number[] = [];
  const plain = text.replace(/^\uFEFF|\r(?=\n)/g, (_piece, at: number) => {
    dropped.push(at - dropped.length);
    return '';
  });
  const first = text.startsWith('\uFEFF') ? 1 : 0;
  return { plain, back: (offset) => offset + Math.max(first, dropped.filter((at) => at < offset).length) };
}

function groupsOf(
  matcher: Matcher,
  names: readonly string[],
  back: (offset: number) => number,
): ReadonlyMap<string, Group> {
  return new Map(
    names.flatMap((name): [string, Group][] => {
      const [start, end] = [matcher.start(name), matcher.end(name)];
      return start < 0 ? [] : [[name, { text: matcher.group(name) ?? '', start: back(start), end: back(end) }]];
    }),
  );
}

function pinOf({ file }: RegexPlace, text: string, groups: ReadonlyMap<string, Group>): Pin | undefined {
  const refuse = (group: Group): never => {
    const message = `expected an image like "ghcr.io/acme/api@sha256:…" or a digest, found ${JSON.stringify(group.text.slice(0, 80))}`;
    throw new TrunklineError('MANIFEST_INVALID', message, { location: locationAt(file, text, group.start) });
  };
  const whole = groups.get('pin');
  if (whole !== undefined) return whole.text === '' ? undefined : (parsePin(whole.text) ?? refuse(whole));
  const [digest, tag, image] = [groups.get('digest'), groups.get('tag'), groups.get('image')];
  if (digest !== undefined && digest.text !== '' && !isDigest(digest.text)) return refuse(digest);
  return composePin({ image: image?.text, tag: tag?.text, digest: digest?.text });
}
