import { RE2JS } from 're2js';
import { parse, prerelease, valid } from 'semver';
import { expand, type MetadataContext } from './expand.ts';
import type { Flavor, TagRule } from './tag-rule.ts';

export interface Versions {
  /** The most important rule's, then the others', each once and as tags may be spelt. */
  readonly all: readonly string[];
  readonly latest: boolean;
}

interface Found {
  readonly text: string;
  /** What `latest=auto` means for it. */
  readonly latest: boolean;
}

/** The versions that the rules yield here. `warn` is told of what does not fit. */
export function versionsOf(
  rules: readonly TagRule[],
  flavor: Flavor,
  context: MetadataContext,
  warn: (text: string) => void,
): Versions {
  const all: string[] = [];
  let latest: boolean | undefined;
  for (const rule of rules) {
    const enabled = expand(rule.fields['enable'] ?? 'true', context);
    if (enabled !== 'true' && enabled !== 'false') throw new Error(`Invalid value for enable attribute: ${enabled}`);
    const found = enabled === 'true' ? finders[rule.type](rule.fields, context, warn) : undefined;
    if (found === undefined) continue;
    const prefix = expand(rule.fields['prefix'] ?? flavor.prefix, context);
    const suffix = expand(rule.fields['suffix'] ?? flavor.suffix, context);
    const text = `${prefix}${found.text}${suffix}`;
    if (text === '') continue;
    all.push(sanitize(text));
    latest ??= flavor.latest === 'auto' ? found.latest : flavor.latest === 'true';
  }
  return { all: [...new Set(all)], latest: latest ?? false };
}

export function sanitize(tag: string): string {
  return tag.replaceAll(/[^a-zA-Z0-9._-]+/g, '-');
}

type Finder = (fields: TagRule['fields'], context: MetadataContext, warn: (text: string) => void) => Found | undefined;

const finders: Readonly<Record<TagRule['type'], Finder>> = {
  schedule: (fields, context) =>
    context.eventName.includes('schedule')
      ? { text: expand(fields['pattern'] ?? 'nightly', context), latest: false }
      : undefined,
  semver: (fields, context, warn) => {
    const raw = versionText(fields, context, warn)?.replaceAll('/', '-');
    if (raw === undefined) return undefined;
    const version = valid(raw) === null ? null : parse(raw);
    if (version === null) {
      warn(`${raw} is not a valid semver. More info: https://semver.org/`);
      return undefined;
    }
    const early = prerelease(raw) !== null;
    const pattern = fields['pattern'] ?? '';
    const values = {
      raw,
      version: version.version,
      major: String(version.major),
      minor: String(version.minor),
      patch: String(version.patch),
    };
    const isRaw = /^\{\{\s*raw\s*\}\}$/.test(pattern);
    return { text: expand(early && !isRaw ? '{{version}}' : pattern, context, values), latest: !early };
  },
  pep440: (fields, context, warn) => {
    const raw = versionText(fields, context, warn)?.replaceAll('/', '-');
    if (raw === undefined) return undefined;
    const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.\d+)*((?:a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?$/.exec(raw);
    if (match === null) {
      warn(`${raw} does not conform to PEP 440. More info: https://www.python.org/dev/peps/pep-0440`);
      return undefined;
    }
    const [, major = '0', minor = '0', patch = '0', ...special] = match;
    const version = raw.replace(/^v/, '');
    const pattern = fields['pattern'] ?? '';
    if (special.some((part) => part !== undefined))
      return { text: /^\{\{\s*raw\s*\}\}$/.test(pattern) ? raw : version, latest: false };
    return { text: expand(pattern, context, { raw, version, major, minor, patch }), latest: true };
  },
  match: (fields, context, warn) => {
    const raw = versionText({ ...fields, match: '' }, context, warn);
    if (raw === undefined) return undefined;
    const pattern = fields['pattern'] ?? '';
    const found = firstMatch(pattern, raw);
    if (found === undefined) {
      warn(`${pattern} does not match ${raw}.`);
      return undefined;
    }
    const text = found[Number(fields['group'] ?? 0)];
    if (text === undefined) warn(`Group ${fields['group']} does not exist for ${pattern} pattern.`);
    return text === undefined ? undefined : { text, latest: true };
  },
  edge: (fields, context) => {
    const branch = fields['branch'] ?? '';
    const wanted = `refs/heads/${branch === '' ? context.defaultBranch : branch}`;
    return context.ref === wanted ? { text: 'edge', latest: false } : undefined;
  },
  ref: (fields, context) => {
    const kinds = { branch: 'refs/heads/', tag: 'refs/tags/', pr: 'refs/pull/' } as const;
    const prefix = kinds[fields['event'] as keyof typeof kinds];
    if (!context.ref.startsWith(prefix)) return undefined;
    const text = context.ref.slice(prefix.length);
    return {
      text: fields['event'] === 'pr' ? text.replace(/\/merge$/, '') : text,
      latest: fields['event'] === 'tag',
    };
  },
  raw: (fields, context) => ({ text: expand(fields['value'] ?? '', context), latest: false }),
  sha: (fields, context) =>
    context.sha === ''
      ? undefined
      : { text: fields['format'] === 'long' ? context.sha : context.sha.slice(0, 7), latest: false },
};

/** `value`, or the tag that was pushed, as far as `match` takes it. */
function versionText(
  fields: TagRule['fields'],
  context: MetadataContext,
  warn: (text: string) => void,
): string | undefined {
  const given = fields['value'] ?? '';
  if (given === '' && !context.ref.startsWith('refs/tags/')) return undefined;
  const text = given === '' ? context.ref.slice('refs/tags/'.length) : expand(given, context);
  const pattern = fields['match'] ?? '';
  if (pattern === '') return text;
  const found = firstMatch(pattern, text);
  if (found === undefined) warn(`${pattern} does not match ${text}.`);
  return found?.[1] ?? text;
}

/** The groups of the first match; patterns are the user's, so that they run where none can take for ever. */
function firstMatch(pattern: string, text: string): readonly (string | undefined)[] | undefined {
  const [, body = pattern, flags = ''] = /^\/(.+)\/(.*)$/.exec(pattern) ?? [];
  const matcher = RE2JS.compile(body, flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0).matcher(text);
  if (!matcher.find()) return undefined;
  return Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? undefined);
}
