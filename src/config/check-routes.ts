import type { Problem } from '../errors.ts';
import { overlap, type Route } from '../model/route.ts';
import type { EnvironmentsDocument } from './environments-schema.ts';
import { toRoutes } from './normalise.ts';
import type { Locate } from './read-document.ts';
import { suggest } from './suggest.ts';

/** What a schema cannot say of `routes`: each leads somewhere, and no release could take two. */
export function checkRoutes(document: EnvironmentsDocument, locate: Locate): Problem[] {
  const names = Object.keys(document.environments);
  const problems: Problem[] = [];
  const fault = (message: string, path: readonly PropertyKey[], hint?: string): void => {
    problems.push({ code: 'CONFIG_INVALID', message, location: locate(path), ...(hint === undefined ? {} : { hint }) });
  };
  for (const [index, { branch, tag, suffix, to }] of document.routes.entries()) {
    const given = [branch, tag, suffix].filter((one) => one !== undefined);
    if (given.length !== 1) {
      const found = given.length === 0 ? 'none' : `${given.length}`;
      fault(`routes.${index}: expected one of "branch", "tag" and "suffix", found ${found}`, ['routes', index]);
    }
    if (names.includes(to)) continue;
    const near = suggest(to, names);
    fault(
      `routes.${index}.to: expected an environment, found "${to}"`,
      ['routes', index, 'to'],
      near === undefined ? `known: ${names.join(', ')}` : `did you mean "${near}"?`,
    );
  }
  if (problems.length > 0) return problems;
  const routes = toRoutes(document);
  const placeOf = (index: number): readonly PropertyKey[] =>
    index < document.routes.length ? ['routes', index] : ['environments', routes[index]?.to ?? '', 'track'];
  const bySuffix = routes.findIndex((one) => one.by === 'suffix');
  const byRef = routes.findIndex((one) => one.by !== 'suffix');
  if (bySuffix >= 0 && byRef >= 0) {
    fault(
      `routes: expected all of them to go by the ref or all by the image's tag, found ${say(routes[byRef])} and ${say(routes[bySuffix])}`,
      placeOf(Math.max(bySuffix, byRef)),
      'every release has a ref and may have any tag: it could take both',
    );
  }
  for (const [index, one] of routes.entries()) {
    for (const other of routes.slice(0, index)) {
      const both = overlap(one, other);
      if (both === undefined || one.to === other.to || besideEachOther(document, one, other)) continue;
      fault(
        `routes: expected one way for each release, found that ${say(other)} leads to ${other.to} and ${say(one)} to ${one.to}: "${both}" would take both`,
        placeOf(index),
      );
    }
  }
  return problems;
}

/** Environments of one group, and copies of one in several regions, may take the same releases. */
function besideEachOther({ environments }: EnvironmentsDocument, one: Route, other: Route): boolean {
  const [here, there] = [environments[one.to], environments[other.to]];
  if (here?.group !== undefined && here.group === there?.group) return true;
  return here?.region !== undefined && there?.region !== undefined && here.region !== there.region;
}

function say(route: Route | undefined): string {
  return route === undefined ? '' : `${route.by} "${route.pattern}"`;
}
