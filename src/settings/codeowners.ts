import { type EnvironmentsConfig, fillTemplate, serviceNames } from '../config/config.ts';
import type { ServicesConfig } from '../config/services.ts';
import { ejected, generatedMark, isGenerated, ownOwnersPlace, ownText } from '../workflow/generate/generated-file.ts';

/** Where GitHub looks first. */
export const codeownersPath = '.github/CODEOWNERS';

const head = [`# ${generatedMark}`, '# The last line that matches a path counts.'];

/** Files by which somebody could give themselves what they may not have. */
const guarded = ['/.github/', '/trunkline.yaml', '/trunkline.lock'];

/**
 * CODEOWNERS of a repository, byte for byte the same from the same configuration and the same lines of one's own, of which
 * `existing` says what there is. Undefined where nobody is named: a file without owners would only look like one.
 */
export function renderCodeowners(
  owner: string,
  config: { readonly services?: ServicesConfig; readonly environments?: EnvironmentsConfig },
  existing?: string,
): string | undefined {
  const { services, environments } = config;
  const code = services === undefined ? [] : servicesLines(owner, services);
  const pins = environments === undefined ? [] : environmentsLines(environments);
  const own = ownLines(existing);
  const keepers = [
    ...new Set([...(services?.owners ?? []), ...(environments === undefined ? [] : keepersOf(environments))]),
  ];
  if (keepers.length === 0 && code.length === 0) return undefined;
  // A line of its own for all else, so that no path is anybody's; last what guards everything before it. Lines of one's own
  // stand before the pins, which the policy knows the owners of.
  const all: readonly Line[] = keepers.length === 0 ? [] : [['*', keepers.map((team) => at(owner, team))]];
  const guards = keepers.length === 0 ? [] : guarded.map((path) => line(owner, path, keepers));
  return render([...all, ...code], own, [...pins, ...guards]);
}

/** Lines that stay; of a file that somebody wrote by hand, all of it. */
function ownLines(existing = ''): string {
  const own = isGenerated(existing) ? ownText(existing, ownOwnersPlace) : existing;
  return own === '' || own.endsWith('\n') ? own : `${own}\n`;
}

/** Whether a file says what is wanted; lines of one's own do not count, nor that it was generated, once it was ejected. */
export function sameCodeowners(wanted: string, found: string): boolean {
  const own = ownText(found, ownOwnersPlace);
  const { begin, end } = ownOwnersPlace;
  return ejected(found) === ejected(wanted.replace(`${begin}\n${end}`, () => `${begin}\n${own}${end}`));
}

/** Teams that answer for workflows and settings: those that are named, else those that approve for every service. */
export function keepersOf(config: EnvironmentsConfig): readonly string[] {
  if (config.owners.length > 0) return config.owners;
  const approving = config.environments.flatMap((one) => Object.keys(one.approve)).filter((team) => team !== 'owner');
  const teams = approving.length > 0 ? approving : config.accept.flatMap((one) => [...one.services.values()]);
  return [...new Set(teams)].sort();
}

type Line = readonly [string, readonly string[]];

function servicesLines(owner: string, config: ServicesConfig): readonly Line[] {
  return [...config.services.values()].flatMap((service): readonly Line[] =>
    service.owner === undefined
      ? []
      : [line(owner, service.path === '.' ? '*' : `/${service.path.replace(/\/$/, '')}/`, [service.owner])],
  );
}

/** Pins and records have no owner here: who approves them differs by environment, and the policy check knows. */
function environmentsLines(config: EnvironmentsConfig): readonly Line[] {
  const patterns = config.environments.flatMap(({ name }) =>
    serviceNames(config).length === 0 ? [] : [pattern(config, name)],
  );
  return [...[...new Set(patterns)].sort(), '/.trunkline/'].map((one): Line => [one, []]);
}

/** The manifests of an environment, of whichever service. */
function pattern(config: EnvironmentsConfig, environment: string): string {
  return `/${fillTemplate(config, config.manifests.file, '*', environment)}`.replaceAll(' ', '\\ ');
}

function line(owner: string, path: string, teams: readonly string[]): Line {
  return [path.replaceAll(' ', '\\ '), teams.map((team) => at(owner, team))];
}

function at(owner: string, team: string): string {
  return `@${owner}/${team}`;
}

function render(before: readonly Line[], own: string, after: readonly Line[]): string {
  const width = Math.max(...[...before, ...after].map(([path]) => path.length));
  const rows = (lines: readonly Line[]): readonly string[] =>
    lines.map(([path, owners]) => `${path.padEnd(width)} ${owners.join(' ')}`.trimEnd());
  const { begin, end } = ownOwnersPlace;
  return `${[...head, ...rows(before), begin].join('\n')}\n${own}${[end, ...rows(after)].join('\n')}\n`;
}
