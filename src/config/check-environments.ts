import type { Problem } from '../errors.ts';
import { checkDeploy } from './check-deploy.ts';
import { checkManifests } from './check-manifests.ts';
import { checkEnvironmentNames } from './check-names.ts';
import { checkNotify } from './check-notify.ts';
import { checkPlaceholders } from './check-placeholders.ts';
import { checkReadRegistries } from './check-registry.ts';
import { checkRoutes } from './check-routes.ts';
import type { EnvironmentsDocument } from './environments-schema.ts';
import type { Locate } from './read-document.ts';
import { suggest } from './suggest.ts';

/** What a schema cannot say: every environment is fed in one way, by one that exists, and none feeds itself. */
export function checkEnvironments(document: EnvironmentsDocument, locate: Locate): Problem[] {
  const names = Object.keys(document.environments);
  const problems: Problem[] = [];
  const fault = (message: string, path: readonly string[], hint?: string): void => {
    problems.push({ code: 'CONFIG_INVALID', message, location: locate(path), ...(hint === undefined ? {} : { hint }) });
  };
  if (names.length === 0) fault('expected at least one environment, found none', ['environments']);
  for (const [name, { track, from, gates: own, group }] of Object.entries(document.environments)) {
    const path = ['environments', name];
    const routed = document.routes.some((one) => one.to === name);
    if (track === undefined && from === undefined && !routed) {
      fault(
        `environments.${name}: expected "track" (a branch) or "from" (an environment), found neither`,
        path,
        'for example track: main',
      );
    }
    if (track !== undefined && from !== undefined) {
      fault(`environments.${name}: expected one of "track" and "from", found both`, [...path, 'from']);
    }
    const gates = [own, group === undefined ? undefined : document.groups[group]?.gates];
    const waits = gates.some((one) => one?.synced === true || one?.healthy !== undefined);
    if (from !== undefined && routed && !waits) {
      fault(
        `environments.${name}.from: expected one way in, found "from" and a route`,
        [...path, 'from'],
        `releases that a route brings would pass ${from} by; with gates: { synced: true } they have to run there first`,
      );
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
  problems.push(
    ...checkEnvironmentNames(document, locate),
    ...checkPlaceholders(document, locate),
    ...checkReadRegistries(document, locate),
    ...checkManifests(document, locate),
    ...checkRoutes(document, locate),
    ...checkDeploy(document, locate),
    ...checkNotify(
      document.notify,
      Object.values(document.accept).flatMap(({ services }) => Object.values(services)),
      locate,
    ),
  );
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
