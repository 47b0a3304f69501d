import type { z } from 'zod';
import { type Location, type Problem, TrunklineError } from '../errors.ts';
import { keyAt, nodeAt, readYaml, type YamlFile } from '../yaml/read-yaml.ts';
import { checkEnvironments } from './check-environments.ts';
import { checkGates } from './check-gates.ts';
import type { Config } from './config.ts';
import { toEnvironments, toServices } from './normalise.ts';
import { environmentsDocument, knownKeys, servicesDocument } from './schema.ts';
import { suggest } from './suggest.ts';

/**
 * Reads trunkline.yaml: one document of each kind at most.
 * @throws CONFIG_INVALID with every problem at once, each with its place.
 */
export function parseConfig(file: string, text: string): Config {
  const yaml = readYaml(file, text.replace(/^\uFEFF/, ''));
  const problems: Problem[] = [...yaml.problems];
  let config: Config = {};
  if (problems.length === 0) {
    for (const document of yaml.documents) {
      if (document.contents === null) continue;
      const kind: unknown = document.get('kind' as never);
      const found = kind === 'Services' ? 'services' : kind === 'Environments' ? 'environments' : undefined;
      const fault = (message: string, node: unknown, hint?: string): void => {
        problems.push({
          code: 'CONFIG_INVALID',
          message,
          location: yaml.locate(node),
          ...(hint === undefined ? {} : { hint }),
        });
      };
      if (found === undefined) {
        const place = nodeAt(document.contents, ['kind']);
        const said = kind === undefined ? 'found none' : `found "${String(kind)}"`;
        fault(
          `expected kind: Services or kind: Environments, ${said}`,
          place,
          'start the document with a line "kind: Environments"',
        );
      } else if (config[found] !== undefined) {
        fault(`expected one document of kind ${String(kind)}, found another`, document.contents);
      } else if (found === 'services') {
        const read = servicesDocument.safeParse(document.toJS());
        if (read.success) config = { ...config, services: toServices(read.data) };
        else problems.push(...explain(yaml, document.contents, 'Services', read.error, document.toJS()));
      } else {
        const read = environmentsDocument.safeParse(document.toJS());
        if (read.success) {
          config = { ...config, environments: toEnvironments(read.data) };
          const locate = (path: readonly string[]): Location => yaml.locate(nodeAt(document.contents, path));
          problems.push(...checkEnvironments(read.data, locate), ...checkGates(read.data, locate));
        } else problems.push(...explain(yaml, document.contents, 'Environments', read.error, document.toJS()));
      }
    }
  }
  const [first, ...rest] = problems;
  if (first !== undefined) throw TrunklineError.of([first, ...rest]);
  return config;
}

/** Zod's issues as problems: what was expected and found, at the node that is wrong. */
function explain(yaml: YamlFile, root: unknown, kind: string, error: z.ZodError, value: unknown): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const where = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const known = knownKeys[placeName(kind, issue.path)] ?? [];
        const near = suggest(key, known);
        return {
          code: 'CONFIG_INVALID',
          message: `unknown key "${key}"${where === '' ? '' : ` in ${where}`}`,
          location: yaml.locate(keyAt(root, issue.path, key) ?? nodeAt(root, issue.path)),
          hint: near === undefined ? `known here: ${known.join(', ')}` : `did you mean "${near}"?`,
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
    const said = /^expected|^Invalid input: expected/.test(inner) ? inner.replace(/^Invalid input: /, '') : inner;
    const message = missing
      ? `expected "${String(last)}"${issue.path.length > 1 ? ` in ${issue.path.slice(0, -1).map(String).join('.')}` : ''}, found none`
      : `${where}: ${said.replace(/, received .*$/, '')}${/, found /.test(said) ? '' : `, found ${JSON.stringify(issue.code === 'invalid_key' ? last : found)}`}`;
    return [{ code: 'CONFIG_INVALID', message, location: yaml.locate(nodeAt(root, issue.path)) }];
  });
}

/** `Environments.environments.*`: keys below a map of names are the user's own. */
function placeName(kind: string, path: readonly PropertyKey[]): string {
  const named = new Set(['services', 'accept', 'environments', 'approve', 'freezes', 'groups']);
  const parts = path.map((key, index) =>
    typeof key === 'number' || named.has(String(path[index - 1])) ? '*' : String(key),
  );
  return [kind, ...parts].join('.');
}
