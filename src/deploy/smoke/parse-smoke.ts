import { RE2JS } from 're2js';
import { explain } from '../../config/explain.ts';
import { type Problem, TrunklineError } from '../../errors.ts';
import { nodeAt, readYaml } from '../../yaml/read-yaml.ts';
import { type SmokeCheck, smokeDocument } from './smoke-check.ts';

/**
 * Reads smoke checks: `{service}` and `{environment}` in URLs are replaced; commands get both as SERVICE and ENVIRONMENT.
 * @throws CONFIG_INVALID with every problem at once, each with its place
 */
export function parseSmoke(
  file: string,
  text: string,
  names: { readonly service: string; readonly environment: string },
): readonly SmokeCheck[] {
  const yaml = readYaml(file, text.replace(/^\uFEFF/, ''));
  const [document] = yaml.documents;
  const value: unknown = document?.toJS() ?? {};
  const read = smokeDocument.safeParse(value);
  const problems: Problem[] = [
    ...yaml.problems,
    ...(read.success ? [] : explain(yaml, document?.contents, smokeDocument, read.error, value)),
  ];
  const checks = read.data?.checks ?? [];
  for (const [index, check] of checks.entries()) {
    const pattern = 'url' in check ? check.expect.matches : undefined;
    if (pattern === undefined || compiles(pattern)) continue;
    problems.push({
      code: 'CONFIG_INVALID',
      message: `expected a regular expression that RE2 takes, found "${pattern}"`,
      location: yaml.locate(nodeAt(document?.contents, ['checks', index, 'expect', 'matches'])),
      hint: 'look-ahead, look-behind and back-references are not to be had: they can take for ever',
    });
  }
  const [first, ...rest] = problems;
  if (first !== undefined) throw TrunklineError.of([first, ...rest]);
  return checks.map((check) => ('url' in check ? { ...check, url: fill(check.url, names) } : check));
}

function compiles(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

function fill(url: string, names: { readonly service: string; readonly environment: string }): string {
  return url
    .replaceAll('{service}', encodeURIComponent(names.service))
    .replaceAll('{environment}', encodeURIComponent(names.environment));
}
