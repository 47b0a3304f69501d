import { RE2JS } from 're2js';
import type { Problem } from '../errors.ts';
import { fillTemplate } from './config.ts';
import type { EnvironmentsDocument } from './environments-schema.ts';
import type { Locate } from './read-document.ts';

const kinds = ['json', 'helm', 'kustomize', 'yaml', 'regex'] as const;
type Kind = (typeof kinds)[number];

/** Keys that go with each kind: those it wants, and those it may have. */
const wants: Readonly<Record<Kind, { readonly one: readonly Detail[]; readonly may: readonly Detail[] }>> = {
  json: { one: ['path'], may: [] },
  helm: { one: [], may: ['path', 'image', 'document'] },
  kustomize: { one: ['image'], may: [] },
  yaml: { one: ['path', 'image'], may: ['document'] },
  regex: { one: ['pattern'], may: [] },
};
type Detail = 'path' | 'image' | 'pattern' | 'document';
const details: readonly Detail[] = ['path', 'image', 'pattern', 'document'];

/** Groups that a pattern may name. */
const groups = ['pin', 'digest', 'tag', 'image'];

/** What a schema cannot say of `manifests`: one kind, what goes with it, and no pin that two services or environments share. */
export function checkManifests(document: EnvironmentsDocument, locate: Locate): Problem[] {
  const { manifests, environments } = document;
  const problems: Problem[] = [];
  const fault = (message: string, path: readonly string[], hint?: string): void => {
    const location = locate(['manifests', ...path]);
    problems.push({ code: 'CONFIG_INVALID', message, location, ...(hint === undefined ? {} : { hint }) });
  };
  const [kind, second] = kinds.filter((one) => manifests[one] !== undefined);
  if (kind === undefined || second !== undefined) {
    const found = second === undefined ? 'none' : `both "${kind}" and "${second}"`;
    fault(
      `manifests: expected one of ${kinds.join(', ')}, found ${found}`,
      second === undefined ? [] : [second],
      'for example manifests: { json: "envs/{environment}.json", path: "{service}.image" }',
    );
    return problems;
  }
  const { one, may } = wants[kind];
  const [given] = one.filter((key) => manifests[key] !== undefined);
  if (one.length > 0 && given === undefined)
    fault(`manifests: expected ${one.map((key) => `"${key}"`).join(' or ')} beside "${kind}", found neither`, []);
  for (const key of details) {
    if (manifests[key] === undefined || one.includes(key) || may.includes(key)) continue;
    fault(`manifests.${key}: means nothing beside "${kind}"`, [key]);
  }
  if (manifests.path !== undefined && manifests.image !== undefined && kind !== 'kustomize' && kind !== 'json')
    fault('manifests: expected one of "path" and "image", found both', ['image']);
  const file = manifests[kind] ?? '';
  const byGroup = file.includes('{group}') && file.includes('{region}');
  if (!file.includes('{environment}') && !byGroup)
    fault(
      `manifests.${kind}: expected {environment} in it, or {group} and {region}, so that environments do not share a pin`,
      [kind],
    );
  if (!file.includes('{environment}') && byGroup) {
    const first = new Map<string, string>();
    for (const [name, { group, region }] of Object.entries(environments)) {
      const place = `${group ?? name} ${region ?? ''}`;
      const other = first.get(place);
      first.set(place, name);
      if (other === undefined) continue;
      problems.push({
        code: 'CONFIG_INVALID',
        message: `environments.${name}: expected pins of its own, found group and region of ${other}`,
        location: locate(['environments', name]),
      });
    }
  }
  const { path = '', image = '', pattern = '', document: chosen } = manifests;
  const everything = [file, path, image, pattern, typeof chosen === 'object' ? (chosen.name ?? '') : ''].join(' ');
  const services = new Set(Object.values(document.accept).flatMap((accepted) => Object.keys(accepted.services)));
  // One alone shares its pin with nobody.
  if (!everything.includes('{service}') && services.size > 1) {
    const place = one.length > 0 ? one.map((key) => `"${key}"`).join(' or ') : '"path" or "image"';
    fault(`manifests: expected {service} in "${kind}" or ${place}, so that services do not share a pin`, []);
  }
  if (everything.includes('{region}')) {
    for (const [name, { region }] of Object.entries(environments)) {
      if (region !== undefined) continue;
      const location = locate(['environments', name]);
      problems.push({
        code: 'CONFIG_INVALID',
        message: `environments.${name}: expected "region", which manifests has a place for, found none`,
        location,
      });
    }
  }
  const wrong = kind === 'regex' && pattern !== '' ? patternFault(pattern) : undefined;
  if (wrong !== undefined)
    fault(`manifests.pattern: ${wrong}`, ['pattern'], 'for example IMAGE_{service}=(?<pin>\\S*)');
  return problems;
}

function patternFault(pattern: string): string | undefined {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(fillTemplate({ environments: [] }, pattern, 'a', 'b', RE2JS.quote), RE2JS.MULTILINE);
  } catch (error) {
    return `expected a regular expression of RE2's kind, found a fault: ${error instanceof Error ? error.message : String(error)}`;
  }
  const named = Object.keys(compiled.namedGroups());
  const unknown = named.find((one) => !groups.includes(one));
  if (unknown !== undefined) return `expected groups named ${groups.join(', ')}, found "${unknown}"`;
  if (named.includes('pin') ? named.length > 1 : !named.includes('digest'))
    return 'expected a group named "pin", or one named "digest" with "image" and "tag" beside it where they stand apart';
  return undefined;
}
