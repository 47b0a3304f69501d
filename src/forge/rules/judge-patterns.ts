import { RE2JS } from 're2js';
import { zeroSha } from '../git/refs.ts';
import { matchesPath } from './code-owners.ts';
import { commitField, newCommits, touchedPaths } from './history.ts';
import type { Judge } from './judge.ts';
import { sentences } from './sentences.ts';

/** A metadata rule: of each new commit's field (`%B`), or of the ref's name after a prefix (`refs/heads/`). */
export function pattern(what: string, source: string): Judge {
  return async ({ question, history, parameters }) => {
    const { ref, after } = question;
    const text = String(parameters['pattern'] ?? '');
    const negated = parameters['negate'] === true;
    const fails = (value: string): boolean => matches(String(parameters['operator']), text, value) === negated;
    const report = (found: readonly string[]) =>
      found.length === 0 ? [] : [{ kind: 'pattern' as const, message: sentences.pattern(what, negated, text, found) }];
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

/** Rules of push rulesets: paths that new commits must not touch. */
export function filePaths(parameter: string): Judge {
  return async ({ question, history, parameters }) => {
    if (question.after === zeroSha || question.via === 'merge') return [];
    const value: unknown = parameters[parameter];
    const patterns = Array.isArray(value) ? value.map(String) : [];
    const restricted = (path: string): boolean =>
      typeof value === 'number' ? path.length > value : patterns.some((one) => matchesPath(one, path));
    const found = (await touchedPaths(history, question)).filter(restricted);
    return found.length === 0 ? [] : [{ kind: 'content', message: sentences.restrictedPath(found) }];
  };
}
