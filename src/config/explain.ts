import type { z } from 'zod';
import type { Problem } from '../errors.ts';
import { keyAt, nodeAt, type YamlFile } from '../yaml/read-yaml.ts';
import { keysAt } from './keys-at.ts';
import { suggest } from './suggest.ts';

/** Zod's issues as problems: what was expected and found, at the node that is wrong. */
export function explain(
  yaml: YamlFile,
  root: unknown,
  schema: z.ZodType,
  error: z.ZodError,
  value: unknown,
): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const where = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const here = keysAt(schema, issue.path);
        const near = suggest(key, here);
        return {
          code: 'CONFIG_INVALID',
          message: `unknown key "${key}"${where === '' ? '' : ` in ${where}`}`,
          location: yaml.locate(keyAt(root, issue.path, key) ?? nodeAt(root, issue.path)),
          hint: near === undefined ? `known here: ${here.join(', ')}` : `did you mean "${near}"?`,
        };
      });
    }
    const found = issue.path.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
      value,
    );
    const missing = found === undefined;
    const last = issue.path.at(-1);
    const inner = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    const said = /^expected/.test(inner) ? inner : (bound(issue) ?? inner.replace(/^Invalid input: (?=expected)/, ''));
    const message = missing
      ? `expected "${String(last)}"${issue.path.length > 1 ? ` in ${issue.path.slice(0, -1).map(String).join('.')}` : ''}, found none`
      : `${where}: ${said.replace(/, received .*$/, '')}${/, found /.test(said) ? '' : `, found ${JSON.stringify(issue.code === 'invalid_key' ? last : found)}`}`;
    return [{ code: 'CONFIG_INVALID', message, location: yaml.locate(nodeAt(root, issue.path)) }];
  });
}

/** In our words what zod says in its own: bounds, and one of a few. */
function bound(issue: z.core.$ZodIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_value':
      return `expected ${issue.values.map((one) => JSON.stringify(one)).join(' or ')}`;
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1
        ? 'expected some text'
        : `expected ${issue.minimum} or more${issue.origin === 'array' ? ' entries' : ''}`;
    case 'too_big':
      return `expected ${issue.maximum} or less${issue.origin === 'array' ? ' entries' : ''}`;
    default:
      return undefined;
  }
}
