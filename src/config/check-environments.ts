import type { Location, Problem } from '../errors.ts';
import type { EnvironmentsDocument } from './schema.ts';
import { suggest } from './suggest.ts';

type Locate = (path: readonly string[]) => Location;

/** What a schema cannot say: every environment is fed in one way, by one that exists, and none feeds itself. */
export function checkEnvironments(document: EnvironmentsDocument, locate: Locate): Problem[] {
  const names = Object.keys(document.environments);
  const problems: Problem[] = [];
  const fault = (message: string, path: readonly string[], hint?: string): void => {
    problems.push({ code: 'CONFIG_INVALID', message, location: locate(path), ...(hint === undefined ? {} : { hint }) });
  };
  if (names.length === 0) fault('expected at least one environment, found none', ['environments']);
  for (const [name, { track, from }] of Object.entries(document.environments)) {
    const path = ['environments', name];
    if (track === undefined && from === undefined) {
      fault(
        `environments.${name}: expected "track" (a branch) or "from" (an environment), found neither`,
        path,
        'for example track: main',
      );
    }
    if (track !== undefined && from !== undefined) {
      fault(`environments.${name}: expected one of "track" and "from", found both`, [...path, 'from']);
    }
    if (from !== undefined && !names.includes(from)) {
      const near = suggest(from, names);
      fault(
        `environments.${name}.from: expected an environment, found "${from}"`,
        [...path, 'from'],
        near === undefined ? `known: ${names.join(', ')}` : `did you mean "${near}"?`,
      );
    } else if (from !== undefined && feedsItself(document, name)) {
      fault(`environments.${name}.from: expected a way back to an environment with "track", found a circle`, [
        ...path,
        'from',
      ]);
    }
  }
  if (!document.manifests.json.includes('{environment}')) {
    fault('manifests.json: expected {environment} in it, so that environments do not share a pin', [
      'manifests',
      'json',
    ]);
  }
  if (!`${document.manifests.json} ${document.manifests.path}`.includes('{service}')) {
    fault('manifests: expected {service} in "json" or "path", so that services do not share a pin', ['manifests']);
  }
  return problems;
}

function feedsItself(document: EnvironmentsDocument, name: string): boolean {
  const seen = new Set<string>();
  for (let at: string | undefined = name; at !== undefined; at = document.environments[at]?.from) {
    if (seen.has(at)) return true;
    seen.add(at);
  }
  return false;
}
