import { type Problem, TrunklineError } from '../errors.ts';
import { nodeAt, readYaml } from '../yaml/read-yaml.ts';
import { checkEnvironments } from './check-environments.ts';
import { checkGates } from './check-gates.ts';
import { checkServices } from './check-services.ts';
import { checkText } from './check-text.ts';
import type { Config } from './config.ts';
import { environmentsDocument } from './environments-schema.ts';
import { toEnvironments } from './normalise.ts';
import { toServices } from './normalise-services.ts';
import { readDocument } from './read-document.ts';
import { servicesDocument } from './services-schema.ts';

/**
 * Reads trunkline.yaml: one document of each kind at most.
 * @throws CONFIG_INVALID with every problem at once, each with its place.
 */
export function parseConfig(file: string, text: string): Config {
  const yaml = readYaml(file, text.replace(/^\uFEFF/, ''));
  const problems: Problem[] = [...yaml.problems];
  let config: Config = {};
  for (const document of yaml.broken ? [] : yaml.documents) {
    if (document.contents === null) continue;
    problems.push(...checkText(yaml, document));
    const kind: unknown = document.get('kind' as never);
    const found = kind === 'Services' ? 'services' : kind === 'Environments' ? 'environments' : undefined;
    const fault = (message: string, node: unknown, hint?: string): void => {
      const location = yaml.locate(node);
      problems.push({ code: 'CONFIG_INVALID', message, location, ...(hint === undefined ? {} : { hint }) });
    };
    if (found === undefined) {
      const said = kind === undefined ? 'found none' : `found "${String(kind)}"`;
      fault(
        `expected kind: Services or kind: Environments, ${said}`,
        nodeAt(document.contents, ['kind']),
        'start the document with a line "kind: Environments"',
      );
    } else if (config[found] !== undefined) {
      fault(`expected one document of kind ${String(kind)}, found another`, document.contents);
    } else if (found === 'services') {
      const { read, problems: wrong } = readDocument(yaml, document, servicesDocument, checkServices, {
        kind: 'Services',
        infra: 'owner/name',
        services: {},
      });
      problems.push(...wrong);
      if (read !== undefined) config = { ...config, services: toServices(read) };
    } else {
      const { read, problems: wrong } = readDocument(
        yaml,
        document,
        environmentsDocument,
        (one, locate) => [...checkEnvironments(one, locate), ...checkGates(one, locate)],
        { kind: 'Environments', accept: {}, manifests: { json: '{environment}', path: '{service}' }, environments: {} },
      );
      problems.push(...wrong);
      if (read !== undefined) config = { ...config, environments: toEnvironments(read) };
    }
  }
  if (!yaml.broken && yaml.documents.every((document) => document.contents === null))
    problems.push({
      code: 'CONFIG_INVALID',
      message: 'expected kind: Services or kind: Environments, found nothing',
      location: { file, line: 1, column: 1 },
      hint: 'trunkline init writes one, where the file is not there yet',
    });
  const [first, ...rest] = problems;
  if (first !== undefined) throw TrunklineError.of([first, ...rest]);
  return config;
}
