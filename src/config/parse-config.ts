import { type Location, type Problem, TrunklineError } from '../errors.ts';
import { nodeAt, readYaml } from '../yaml/read-yaml.ts';
import { checkEnvironments } from './check-environments.ts';
import { checkGates } from './check-gates.ts';
import { checkServices } from './check-services.ts';
import type { Config } from './config.ts';
import { explain } from './explain.ts';
import { toEnvironments, toServices } from './normalise.ts';
import { environmentsDocument, knownKeys, servicesDocument } from './schema.ts';

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
        if (read.success) {
          config = { ...config, services: toServices(read.data) };
          problems.push(...checkServices(read.data, (path) => yaml.locate(nodeAt(document.contents, path))));
        } else problems.push(...explain(yaml, document.contents, 'Services', read.error, document.toJS(), knownKeys));
      } else {
        const read = environmentsDocument.safeParse(document.toJS());
        if (read.success) {
          config = { ...config, environments: toEnvironments(read.data) };
          const locate = (path: readonly PropertyKey[]): Location => yaml.locate(nodeAt(document.contents, path));
          problems.push(...checkEnvironments(read.data, locate), ...checkGates(read.data, locate));
        } else
          problems.push(...explain(yaml, document.contents, 'Environments', read.error, document.toJS(), knownKeys));
      }
    }
  }
  const [first, ...rest] = problems;
  if (first !== undefined) throw TrunklineError.of([first, ...rest]);
  return config;
}
