import { RE2JS } from 're2js';
import { zeroSha } from '../git/refs.ts';
import { words } from '../words.ts';
import { fnmatch } from './fnmatch.ts';
import { addedFiles, commitField, newCommits, touchedPaths } from './history.ts';
import type { Judge, Judgement } from './judge.ts';

/** A metadata rule: of each new commit's field (`%B`), or of the ref's name after a prefix (`refs/heads/`). */
export function pattern(what: string, source: string): Judge {
  return async ({ question, history, parameters }) => {
    const { ref, after } = question;
    const text = String(parameters['pattern'] ?? '');
    const operator = String(parameters['operator']);
    const negated = parameters['negate'] === true;
    const fails = (value: string): boolean => matches(operator, text, value) === negated;
    const report = (found: readonly string[]) =>
      found.length === 0
        ? []
        : [{ kind: 'pattern' as const, message: words.pattern(what, operator, negated, text, found) }];
    if (after === zeroSha) return [];
    if (source.startsWith('refs/')) return report(fails(ref.slice(source.length)) ? [ref] : []);
    const found: string[] = [];
    for (const sha of await newCommits(history, question)) {
      if (fails(await commitField(history, sha, source))) found.push(sha);
    }
    return report(found);
  };
}

function matches(operator: string, text: string, value: string): boolean {
  if (operator === 'starts_with') return value.startsWith(text);
  if (operator === 'ends_with') return value.trimEnd().endsWith(text);
  if (operator === 'contains') return value.includes(text);
  return RE2JS.compile(text).matcher(value).find();
}

/** A rule of push rulesets: what of the files that new commits bring is not let in. */
function files(find: (judgement: Judgement) => Promise<string | undefined>): Judge {
  return async (judgement) => {
    const { after, via } = judgement.question;
    // What a merge brings was pushed before, and judged then.
    if (after === zeroSha || via === 'merge') return [];
    const message = await find(judgement);
    return message === undefined ? [] : [{ kind: 'content', message }];
  };
}

const found = <Item>(items: readonly Item[], say: (items: readonly Item[]) => string): string | undefined =>
  items.length === 0 ? undefined : say(items);

export const filePathRestriction = files(async ({ question, history, parameters }) => {
  const patterns = texts(parameters['restricted_file_paths']);
  const paths = await touchedPaths(history, question);
  return found(
    paths.filter((path) => patterns.some((one) => fnmatch(one.replace(/^\//, ''), path))),
    words.restrictedPath,
  );
});

/** Extensions are given as `exe`, `.exe` or `*.exe`. */
export const fileExtensionRestriction = files(async ({ question, history, parameters }) => {
  const endings = texts(parameters['restricted_file_extensions']).map((one) => `.${one.replace(/^\*?\.?/, '')}`);
  const paths = await touchedPaths(history, question);
  return found(
    paths.filter((path) => endings.some((one) => path.toLowerCase().endsWith(one.toLowerCase()))),
    words.restrictedExtension,
  );
});

export const maxFilePathLength = files(async ({ question, history, parameters }) => {
  const most = Number(parameters['max_file_path_length']);
  const paths = await touchedPaths(history, question);
  return found(
    paths.filter((path) => path.length > most),
    (long) => words.longPath(most, long),
  );
});

export const maxFileSize = files(async ({ question, history, parameters }) => {
  const most = Number(parameters['max_file_size']);
  const added = await addedFiles(history, question);
  const large = added.filter(({ size }) => size > most * 1024 * 1024).map(({ path }) => path);
  return found(large, (paths) => words.largeFile(most, paths));
});

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
