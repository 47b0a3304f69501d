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
          hint:
            key === '<<'
              ? 'YAML 1.2 merges no keys: what several have in common stands under "defaults", or twice'
              : near === undefined
                ? `known here: ${here.join(', ')}`
                : `did you mean "${near}"?`,
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
    const said = /^expected/.test(inner)
      ? inner
      : (inWords(issue) ?? inner.replace(/^Invalid input: (?=expected)/, ''));
    const message = missing
      ? `expected "${String(last)}"${issue.path.length > 1 ? ` in ${issue.path.slice(0, -1).map(String).join('.')}` : ''}, found none`
      : `${where}: ${said.replace(/, received .*$/, '')}${/, found /.test(said) ? '' : `, found ${JSON.stringify(issue.code === 'invalid_key' ? last : found)}`}`;
    const hint = missing || said === inner ? undefined : rewritten(issue, found);
    return [
      {
        code: 'CONFIG_INVALID',
        message,
        location: yaml.locate(nodeAt(root, issue.path)),
        ...(hint === undefined ? {} : { hint }),
      },
    ];
  });
}

/** In our words what zod says in its own: what kind of value, bounds, and one of a few. */
function inWords(issue: z.core.$ZodIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      const kind = kinds[issue.expected];
      return kind === undefined ? undefined : `expected ${kind}`;
    }
    case 'invalid_union': {
      const nested = issue.errors.flat()[0];
      return nested === undefined ? undefined : (inWords(nested) ?? nested.message);
    }
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

/** The words of the reference page. */
const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys',
  record: 'keys',
};

/** How a value of another kind is written as what is expected, where that much is clear. */
function rewritten(issue: z.core.$ZodIssue, found: unknown): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  const word = typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean';
  switch (issue.expected) {
    case 'string':
      return word ? `write "${String(found)}"` : undefined;
    case 'array':
      return word ? `write [${JSON.stringify(found)}]` : undefined;
    case 'number':
    case 'int':
      return typeof found === 'string' && /^[0-9.]+$/.test(found) ? `write ${found}, without quotes` : undefined;
    case 'object':
    case 'record':
      return found === null ? 'write {} where there is nothing to say' : undefined;
    default:
      return undefined;
  }
}
